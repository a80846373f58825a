/**
 * The OpenAPI document as one page for people: no script, nothing from elsewhere, readable on a phone.
 */
import type { Json } from './document.js';
import { escaped, prose } from './text.js';

export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --faint: #5b6470; --line: #d8dde3; --tint: #f3f5f7; --link: #0a58b4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --paper: #14171a; --faint: #9aa4b0; --line: #313840; --tint: #1d2227; --link: #7db7ff }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { margin: 0 }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.25rem }
h3 { margin: 1rem 0 .25rem; font-size: 1rem }
a { color: var(--link) }
p { margin: .5rem 0 }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .75rem 0; border-bottom: 1px solid var(--line) }
code, pre { font: .875rem/1.45 ui-monospace, monospace }
code { overflow-wrap: anywhere }
pre { margin: .5rem 0; padding: .75rem; overflow-x: auto; background: var(--tint); border-radius: .375rem }
details { border-bottom: 1px solid var(--line) }
summary { padding: .6rem 0; cursor: pointer }
summary b { display: inline-block; min-width: 4rem; font: 700 .8rem/1 ui-monospace, monospace }
summary i { display: block; font-style: normal; color: var(--faint) }
details > div { padding: 0 0 1rem }
dl { margin: .5rem 0; display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem }
dt, dd { margin: 0; min-width: 0 }
dd p:first-child { margin-top: 0 }
small { color: var(--faint) }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr } dd { padding-left: 1rem } }
`;

const METHODS = ['get', 'post', 'put', 'delete'];

/** The page of a document that `openApiDocument` made. */
export function pageOf(document: Json): string {
  const { title, version, description, summary } = objectAt(document, 'info');
  const tags = document.tags as readonly { readonly name: string; readonly description: string }[];
  const operations = operationsOf(document);
  const sections = tags.map(({ name, description: words }) => {
    const own = operations.filter(({ operation }) => (operation.tags as readonly string[]).includes(name));
    return section(name, words, own.map((each) => operationHtml(document, each)).join(''));
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(`${title} ${version}`)}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)} <small>${escaped(version)}</small></h1>
<p>${escaped(summary)}</p>
${prose(description)}
<p><a href="/openapi.json">openapi.json</a></p>
</header>
<nav>${[...tags.map(({ name }) => name), 'schemas', 'problems'].map(navLink).join('')}</nav>
<main>
${sections.join('\n')}
${section('schemas', 'What bodies and answers are made of.', schemasHtml(document))}
${section('problems', 'Every type of problem there is.', problemsHtml(document))}
</main>
</body>
</html>
`;
}

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

function operationsOf(document: Json): readonly Placed[] {
  return Object.entries(objectAt(document, 'paths')).flatMap(([path, item]) =>
    METHODS.filter((method) => method in (item as Json)).map((method) => ({
      method,
      path,
      operation: objectAt(item as Json, method),
    })),
  );
}

function operationHtml(document: Json, { method, path, operation }: Placed): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const body = requestBody as Json | undefined;
  return `<details id="${escaped(operationId)}">
<summary><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code><i>${escaped(summary)}</i></summary>
<div>
${description === undefined ? '' : prose(description)}
${parametersHtml(document, parameters as readonly Json[])}
${body === undefined ? '' : `<h3>Body${body.required === true ? '' : ' (optional)'}</h3>${contentHtml(document, body)}`}
<h3>Answers</h3>
<dl>${Object.entries(responses as Json)
    .map(([status, response]) => answerHtml(document, status, resolved(document, response as Json)))
    .join('')}</dl>
</div>
</details>
`;
}

function parametersHtml(document: Json, parameters: readonly Json[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map((parameter) => {
    const { name, in: place, required, description = '', schema } = resolved(document, parameter);
    const needed = required === true ? '' : ', optional';
    return row(
      `<code>${escaped(name)}</code>`,
      `<small>${escaped(place)}${needed}: ${typeHtml(schema as Json)}</small>${prose(description)}`,
    );
  });
  return `<h3>Parameters</h3><dl>${rows.join('')}</dl>`;
}

function answerHtml(document: Json, status: string, response: Json): string {
  const isSuccess = Number(status) < 400;
  const content = isSuccess ? contentHtml(document, response) : '';
  return row(`<b>${escaped(status)}</b>`, `${prose(response.description)}${content}`);
}

/** The type of a body or an answer, and an example of it. */
function contentHtml(document: Json, holder: Json): string {
  return Object.values((holder.content ?? {}) as Json)
    .map((media) => {
      const schema = objectAt(media as Json, 'schema');
      const [example] = (resolved(document, schema).examples ?? []) as readonly unknown[];
      const shown = example === undefined ? '' : `<pre>${escaped(JSON.stringify(example, null, 2))}</pre>`;
      return `<p><small>${typeHtml(schema)}</small></p>${shown}`;
    })
    .join('');
}

function schemasHtml(document: Json): string {
  const schemas = objectAt(objectAt(document, 'components'), 'schemas');
  return Object.entries(schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => {
      const { properties, required = [], description } = schema as Json;
      const fields = Object.entries((properties ?? {}) as Json).map(([field, type]) => {
        const needed = (required as readonly string[]).includes(field) ? '' : ', optional';
        const words = (type as Json).description;
        const about = words === undefined ? '' : prose(words);
        return row(
          `<code>${escaped(field)}</code>`,
          `<small>${typeHtml(type as Json)}${needed}</small>${about}`,
        );
      });
      const content =
        fields.length === 0 ? `<p>${typeHtml(schema as Json)}</p>` : `<dl>${fields.join('')}</dl>`;
      return `<h3 id="schema-${escaped(name)}">${escaped(name)}</h3>${description === undefined ? '' : prose(description)}${content}`;
    })
    .join('');
}

function problemsHtml(document: Json): string {
  const examples = objectAt(objectAt(document, 'components'), 'examples');
  const rows = Object.entries(examples).map(([slug, example]) => {
    const { status, detail } = objectAt(example as Json, 'value');
    return row(`<code>${escaped(slug)}</code>`, `<b>${escaped(status)}</b> ${escaped(detail)}`);
  });
  return `<dl>${rows.join('')}</dl>`;
}

function typeHtml(schema: Json): string {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`;
  }
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Json[] | undefined;
  if (branches !== undefined) return branches.map(typeHtml).join(' or ');
  if (schema.enum !== undefined) return (schema.enum as readonly unknown[]).map(literalHtml).join(' | ');
  if (schema.const !== undefined) return literalHtml(schema.const);
  if (schema.type === 'array') return `list of ${typeHtml((schema.items ?? {}) as Json)}`;
  if (schema.properties !== undefined) return objectHtml(schema.properties as Json);
  const types = [schema.type ?? 'anything'].flat().join(' or ');
  const { format, minimum, maximum } = schema;
  const bounds =
    minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''} to ${maximum ?? ''}`;
  return escaped(`${types}${format === undefined ? '' : `, ${String(format)}`}${bounds}`);
}

function objectHtml(properties: Json): string {
  const fields = Object.entries(properties).map(
    ([name, type]) => `<code>${escaped(name)}</code>: ${typeHtml(type as Json)}`,
  );
  return `{ ${fields.join('; ')} }`;
}

function literalHtml(value: unknown): string {
  return `<code>${escaped(JSON.stringify(value))}</code>`;
}

/** What a reference into the document's components stands for; anything else as it is. */
function resolved(document: Json, value: Json): Json {
  if (typeof value.$ref !== 'string') return value;
  const path = value.$ref.replace(/^#\//, '').split('/');
  return path.reduce<Json>((at, key) => objectAt(at, key), document);
}

function objectAt(value: Json, key: string): Json {
  return value[key] as Json;
}

function section(name: string, words: string, content: string): string {
  return `<section id="${idOf(name)}"><h2>${escaped(name)}</h2>${prose(words)}${content}</section>`;
}

function navLink(name: string): string {
  return `<a href="#${idOf(name)}">${escaped(name)}</a>`;
}

function idOf(name: string): string {
  return `tag-${name.replaceAll(' ', '-')}`;
}

function row(term: string, definition: string): string {
  return `<dt>${term}</dt><dd>${definition}</dd>`;
}
