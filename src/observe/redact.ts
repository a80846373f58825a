/**
 * What no line of a log may hold, whoever wrote it: tokens, passwords, and exact positions.
 *
 * 1. Works on text: on a line of JSON, on JSON within one of its strings, on a payload, on a URL. What it makes of a line
 *    of JSON is a line of JSON.
 * 2. Secrets go by their names, bearer tokens and user parts of URLs by their shape. Latitudes and longitudes keep one
 *    decimal: some 10 km.
 * 3. A line without anything suspicious costs one search.
 */

const HIDDEN = '[redacted]';

/** A part of every name and shape below: one look tells that there is nothing to do, which is so for nearly every line. */
const SUSPICIOUS =
  /oken|uthor|assw|enha|ecret|earer|ookie|api|eyJ|:\/\/|lat|lon|lng|oordinates|osition|osicao/i;

const SECRET = '[a-z_-]{0,32}(?:authorization|cookie|passw(?:or)?d|senha|secret|token|api[_-]?key)';
const DEGREES = '(?:lat(?:itude)?|lon(?:gitude)?|lng|long)';
const DEGREES_MAX = 360;
const NUMBER = '-?\\d+(?:\\.\\d*)?(?:[eE][-+]?\\d+)?';

const RULES: readonly (readonly [RegExp, string | ((...match: string[]) => string)])[] = [
  // Of JSON, the value of a telling name: a string, which may not have come whole, or anything else up to the next mark.
  [new RegExp(`("${SECRET}"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^\\s",{}[\\]]+)`, 'gi'), `$1"${HIDDEN}"`],
  // Of JSON within a string of JSON. The string's own end is where a text that was cut off ends.
  [
    new RegExp(
      `(\\\\"${SECRET}\\\\"\\s*:\\s*)(?:\\\\"(?:[^"\\\\]|\\\\\\\\\\\\"|\\\\[^"])*(\\\\"|(?="))|[^\\s"\\\\,{}[\\]]+)`,
      'gi',
    ),
    (_all, name = '', end = '\\"') => `${name}\\"${HIDDEN}${end}`,
  ],
  [/\b(bearer\s+)[\w.~+/=-]{4,}/gi, `$1${HIDDEN}`],
  // A JSON web token.
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/(:\/\/)[^\s"\\/]+@/g, `$1${HIDDEN}@`],
  [new RegExp(`([?&]${SECRET}=)[^&\\s"\\\\]+`, 'gi'), `$1${HIDDEN}`],
  [new RegExp(`(\\\\?"${DEGREES}\\\\?"\\s*:\\s*(?:\\\\?")?|[?&]${DEGREES}=)(${NUMBER})`, 'gi'), roundOne],
  [
    /(\\?"(?:coordinates|position|posicao)\\?"\s*:\s*)(\[[-\d.,\seE+[\]]*)/gi,
    (_all, name = '', numbers = '') =>
      name + numbers.replaceAll(new RegExp(NUMBER, 'g'), (each) => roundOne('', '', each)),
  ],
];

/** The text without what it may not hold. */
export function redact(text: string): string {
  return SUSPICIOUS.test(text) ? redactAll(text) : text;
}

function redactAll(text: string): string {
  return RULES.reduce(
    (left, [pattern, by]) => (typeof by === 'string' ? left.replace(pattern, by) : left.replace(pattern, by)),
    text,
  );
}

/** What is no number of degrees may be a position in another unit. */
function roundOne(_all: string, name = '', number = ''): string {
  const degrees = Number(number);
  return name + String(Math.abs(degrees) <= DEGREES_MAX ? Math.round(degrees * 10) / 10 : 0);
}
