/**
 * What the documented routes say of the Bahia data, written down from the contract and not from the data file.
 */
const POINTS: readonly (readonly [id: string, city: string, company: string])[] = [
  ['1', 'Feira de Santana', '1'],
  ['2', 'Salvador', '1'],
  ['3', 'Valente', '2'],
  ['4', 'Santaluz', '2'],
  ['5', 'Amargosa', '3'],
  ['6', 'Amélia Rodrigues', '3'],
  ['7', 'Camaçari', '3'],
  ['8', 'Candeias', '2'],
  ['9', 'Cruz das Almas', '1'],
  ['10', 'Santo Antonio de Jesus', '1'],
  ['11', 'Itabuna', '2'],
  ['12', 'Ilheus', '2'],
  ['13', 'Porto Seguro', '3'],
  ['14', 'Pereira', '3'],
];

const ROUTES: readonly (readonly [id: string, name: string, ...points: string[]])[] = [
  ['1', 'Rota Feira de Santana - Salvador', '1', '6', '7', '8', '2'],
  ['2', 'Rota Salvador - Porto Seguro', '2', '9', '10', '5', '11', '12', '13'],
  ['3', 'Rota Feira de Santana - Pereira', '1', '6', '3', '4', '14'],
  ['4', 'Rota Salvador - Feira de Santana', '2', '8', '7', '6', '1'],
  ['5', 'Rota Valente - Amargosa', '3', '4', '1', '9', '10', '5'],
];

export interface ShownPoint {
  readonly id: string;
  readonly localizacao: string;
  readonly disponivel: boolean;
  readonly empresa_id: string;
}

/** `GET /points` while `taken` are taken. */
export function points(taken: readonly string[] = []): readonly ShownPoint[] {
  return POINTS.map(([id, localizacao, empresa_id]) => ({
    id,
    localizacao,
    disponivel: !taken.includes(id),
    empresa_id,
  }));
}

/** These of `points`, in the order named. */
export function pointsById(ids: readonly string[], taken: readonly string[] = []): readonly object[] {
  const all = points(taken);
  return ids.map((id) => all[POINTS.findIndex(([known]) => known === id)]!);
}

/** `GET /routes` while `taken` are taken. */
export function routes(taken: readonly string[] = []): readonly object[] {
  return ROUTES.map(([id, nome, ...stops]) => ({ id, nome, pontos: pointsById(stops, taken) }));
}
