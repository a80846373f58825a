/** Client k asks node k, k + nodes, …: as many clients at each node as can be. */
export function nodeOf(client, targets) {
  return targets[client % targets.length];
}

/** Opens one connection for each of the nodes that clients are spread over, and up to `most` for each of them. */
export async function connections(open, targets, clients, most) {
  const perNode = Math.min(most, Math.ceil(clients / targets.length));
  const used = targets.slice(0, clients);
  const opened = await Promise.all(
    used.map((target) => Promise.all(Array.from({ length: perNode }, () => open(target)))),
  );
  return {
    of: (client) => opened[client % targets.length][Math.floor(client / targets.length) % perNode],
    close: () => {
      for (const connection of opened.flat()) connection.close();
    },
  };
}
