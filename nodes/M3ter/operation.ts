import { DateTime } from 'luxon';
import type { IDataObject, IExecuteFunctions, JsonObject } from 'n8n-workflow';

import { Failure } from '../shared/failure';
import type { M3terApi } from './api';

/** One input item on its way through an operation. */
export interface Operation {
	context: IExecuteFunctions;
	api: M3terApi;
	index: number;
}

/** An input item, to read its parameters with. */
export type AtItem = Pick<Operation, 'context' | 'index'>;

/** Does one operation for one item; what it returns becomes the item's output. In a list some may have failed. */
export type Handler = (operation: Operation) => Promise<JsonObject | Array<JsonObject | Failure>>;

export type Handlers = Readonly<Record<string, Handler>>;

/** m3ter's entities are plain JSON; the engine's type only wants to hear it. */
export const asJson = (value: unknown): JsonObject => value as JsonObject;

export const text = ({ context, index }: Operation, name: string): string => String(context.getNodeParameter(name, index, '') ?? '').trim();

/** @throws Failure when the parameter gave nothing for this item. */
export function requiredText(operation: Operation, name: string, label: string): string {
	const value = text(operation, name);
	if (value === '') throw new Failure('invalid-input', `'${label}' is empty`, { description: `'${label}' gave nothing for this item. Enter a value or check its expression.` });
	return value;
}

export const flag = ({ context, index }: AtItem, name: string, fallback = false): boolean => context.getNodeParameter(name, index, fallback) === true;

export const collection = ({ context, index }: Operation, name: string): IDataObject => context.getNodeParameter(name, index, {}) as IDataObject;

/** What a person picked in a resource locator. */
export interface Located {
	by: 'id' | 'code';
	value: string;
}

/** Reads a resource locator's value, or a plain ID in its place; undefined when it is empty. */
export function located(parameter: unknown): Located | undefined {
	const { mode, value } = (typeof parameter === 'string' ? { value: parameter } : (parameter ?? {})) as { mode?: string; value?: unknown };
	const found = String(value ?? '').trim();
	return found === '' ? undefined : { by: mode === 'code' ? 'code' : 'id', value: found };
}

/** @throws Failure when nothing was picked. */
export function requiredLocated({ context, index }: Operation, name: string, label: string): Located {
	const found = located(context.getNodeParameter(name, index, ''));
	if (found === undefined) throw new Failure('invalid-input', `'${label}' is empty`, { description: `Choose '${label}' from the list, or enter its ID or code.` });
	return found;
}

/** How many rows to read; undefined = all. */
export const limitOf = (operation: Operation): number | undefined =>
	flag(operation, 'returnAll') ? undefined : Number(operation.context.getNodeParameter('limit', operation.index, 50));

/**
 * A date-time for m3ter: UTC with a zone. Text without a zone is in the workflow's time zone.
 * @throws Failure naming the parameter when it is no date.
 */
export function dateTimeOf({ context }: Operation, value: unknown, label: string): string {
	const date = DateTime.fromISO(String(value ?? '').trim(), { zone: context.getTimezone() });
	const iso = date.toUTC().toISO({ suppressMilliseconds: true });
	if (!date.isValid || iso === null) {
		throw new Failure('invalid-input', `'${label}' is not a date`, { description: `'${label}' is '${String(value ?? '')}'. Use a date such as 2026-05-01 or 2026-05-01T00:00:00Z.` });
	}
	return iso;
}

/** The day of a date parameter, in the workflow's time zone when it carries none. */
export function dateOf({ context }: Operation, value: unknown, label: string): string {
	const date = DateTime.fromISO(String(value ?? '').trim(), { setZone: true, zone: context.getTimezone() }).toISODate();
	if (date === null) throw new Failure('invalid-input', `'${label}' is not a date`, { description: `'${label}' is '${String(value ?? '')}'. Use a date such as 2026-05-01.` });
	return date;
}

/** `fields` of an entity, or the whole of it when 'Simplify' is off. */
export const simplified = (item: AtItem, entity: unknown, fields: readonly string[]): JsonObject =>
	flag(item, 'simplify', true) ? pick(asJson(entity), fields) : asJson(entity);

const pick = (entity: JsonObject, fields: readonly string[]): JsonObject =>
	Object.fromEntries(fields.filter((field) => entity[field] !== undefined).map((field) => [field, entity[field]]));

/** Custom fields as a person entered them: names and values, numbers kept as numbers. Undefined when there are none. */
export function customFieldsOf(collected: unknown): Record<string, string | number> | undefined {
	const rows = ((collected as { field?: Array<{ name?: string; value?: unknown }> } | undefined)?.field ?? []).filter(({ name }) => name?.trim());
	if (rows.length === 0) return undefined;
	return Object.fromEntries(rows.map(({ name, value }) => [String(name).trim(), typeof value === 'number' ? value : String(value ?? '')]));
}

/** The entries that say something. */
export const given = (fields: Record<string, unknown>): Record<string, unknown> =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
