/** Reading bodies and references. */
import type { z } from 'zod';

import type { SandboxRequest } from '../kit/http';
import { failure, invalidContent, invalidReference } from './errors';
import type { Ref } from './schemas';
import type { Core, ListName, ListRow, Values } from './state';

/** Parses a body; every complaint becomes one error detail. */
export function readBody<Schema extends z.ZodTypeAny>(request: SandboxRequest, schema: Schema): z.output<Schema> {
	if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) throw invalidContent('The request body is not a JSON object.');
	const parsed = schema.safeParse(request.body);
	if (parsed.success) return parsed.data as z.output<Schema>;
	throw failure(
		400,
		parsed.error.issues.map(({ path, message }) => ({
			detail: `Error while accessing a resource. Invalid value for '${path.join('.')}': ${message}.`,
			'o:errorCode': 'INVALID_CONTENT',
			'o:errorPath': pathText(path),
		})),
	);
}

const pathText = (path: Array<string | number>): string => path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part), '');

/** Takes the custom fields out of a body; a field the account does not have is an error unless the header says otherwise. */
export function readCustomFields(core: Core, request: SandboxRequest, body: object, known: string[], path = ''): Values {
	const mode = (request.headers['x-netsuite-propertynamevalidation'] ?? 'error').toLowerCase();
	const values: Values = {};
	for (const [key, value] of Object.entries(body)) {
		if (known.includes(key)) continue;
		if (core.state.customFields.has(key)) values[key] = value as string | number | boolean;
		else if (mode === 'error') throw invalidContent(`Unknown reference or field name: '${key}'.`, `${path}${key}`);
	}
	return values;
}

/** The internal id a reference means; undefined when nothing is sent. Throws INVALID_KEY_OR_REF. */
export function resolve(core: Core, list: ListName, given: Ref | undefined, path: string): string | undefined {
	if (!given) return undefined;
	const row = findRow([...core.state.lists[list].values()], given);
	if (!row || row.isInactive) throw invalidReference(`Invalid Field Value ${given.id ?? given.externalId ?? given.refName ?? ''} for the following field: ${path}`, path);
	return row.id;
}

export const findRow = (rows: ListRow[], { id, externalId, refName }: Ref): ListRow | undefined =>
	rows.find((row) => (id !== undefined ? row.id === id : externalId !== undefined ? row.externalId === externalId : row.name === refName));
