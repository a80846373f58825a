/**
 * Which topics a filter means (MQTT 3.1.1 §4.7): `+` is one level, a closing `#` is the level before it and all below.
 */

/** Whether `topic` matches `filter`. Both are taken as valid. */
export function topicMatches(filter: string, topic: string): boolean {
  // MQTT 3.1.1 §4.7.2: a leading wildcard does not reach the broker's own topics.
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
