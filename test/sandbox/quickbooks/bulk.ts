/* eslint-disable @n8n/community-nodes/require-node-api-error -- test code, never shipped */
/** Batch and change data capture (sheet §3, §4.7). */
import { z } from 'zod';

import { Refusal } from './errors';
import { isSales, write } from './operations';
import { runQuery } from './query';
import { ENTITIES, type Company, type Core, type EntityName } from './state';

const MAX_ITEMS = 30;
const LOOK_BACK_MS = 30 * 24 * 3600_000;
const MAX_OBJECTS = 1000;
/** Change data capture leaves these out. */
const NOT_CAPTURED = ['Preferences', 'CompanyInfo', 'TaxCode', 'CompanyCurrency'];

const request = z.object({ BatchItemRequest: z.array(z.object({ bId: z.string().min(1) }).passthrough()).min(1) }).strict();

type Item = { bId: string; operation?: unknown; Query?: unknown; optionsData?: unknown; [name: string]: unknown };

function runItem(core: Core, company: Company, item: Item): object {
	if (item.Query !== undefined) return { QueryResponse: runQuery(company, String(item.Query)) };
	const { operation, optionsData } = item;
	const [name, ...others] = Object.keys(item).filter((key) => !['bId', 'operation', 'optionsData'].includes(key));
	if (!name || others.length > 0 || !isSales(name)) throw new Refusal('2010', `Unknown batch content ${[name, ...others].join(', ')}`);
	if (!['create', 'update', 'delete', 'void'].includes(String(operation))) throw new Refusal('2010', `Unknown operation ${String(operation)}`, 'operation');
	const query = new URLSearchParams(typeof optionsData === 'string' ? optionsData : '');
	if (operation === 'create' && (item[name] as { Id?: string })?.Id !== undefined) throw new Refusal('2010', 'Id on a create', 'Id');
	const before = company.nextId;
	const result = write(core, company, name, item[name], { operation: String(operation), query });
	for (let id = before; id < company.nextId; id++) company.hidden.add(`${name}/${id}`);
	return { [name]: result };
}

/** Runs items one after another; each answers for itself, and none sees what an earlier one has made. Throws Refusal when the batch as a whole is wrong. */
export function runBatch(core: Core, company: Company, body: unknown): object {
	const parsed = request.safeParse(body);
	if (!parsed.success) throw new Refusal('2010', parsed.error.issues[0].message, 'BatchItemRequest');
	const items = parsed.data.BatchItemRequest as Item[];
	if (items.length > MAX_ITEMS) throw new Refusal('6000', `A batch takes at most ${MAX_ITEMS} items, this one has ${items.length}`);
	if (new Set(items.map(({ bId }) => bId)).size !== items.length) throw new Refusal('2010', 'bId has to be unique in a batch', 'bId');
	try {
		const responses = items.map((item) => {
			try {
				return { ...runItem(core, company, item), bId: item.bId };
			} catch (error) {
				if (!(error instanceof Refusal)) throw error;
				return { Fault: error.fault, bId: item.bId };
			}
		});
		return { BatchItemResponse: responses };
	} finally {
		company.hidden.clear();
	}
}

/** Full objects changed since, with stubs of the deleted ones. Throws Refusal. */
export function changeDataCapture(core: Core, company: Company, query: URLSearchParams): object {
	const names = (query.get('entities') ?? '').split(',').filter(Boolean);
	const since = Date.parse(query.get('changedSince') ?? '');
	if (names.length === 0) throw new Refusal('2020', 'Required parameter entities is missing in the request', 'entities');
	if (Number.isNaN(since)) throw new Refusal('2020', 'Required parameter changedSince is missing in the request', 'changedSince');
	if (since < core.now() - LOOK_BACK_MS) throw new Refusal('6000', 'changedSince must not be more than 30 days ago', 'changedSince');
	let left = MAX_OBJECTS;
	const responses = names.map((text) => {
		const name = ENTITIES.find((entry) => entry.toLowerCase() === text.trim().toLowerCase());
		if (!name || NOT_CAPTURED.includes(name)) throw new Refusal('4001', `Entity ${text} is not supported by change data capture`, 'entities');
		const objects = changedObjects(core, company, name, since).slice(0, left);
		left -= objects.length;
		return objects.length === 0 ? {} : { [name]: objects, startPosition: 1, maxResults: objects.length, totalCount: objects.length };
	});
	return { CDCResponse: [{ QueryResponse: responses }] };
}

function changedObjects(core: Core, company: Company, name: EntityName, since: number): object[] {
	const alive = [...company.entities[name].values()].filter(({ MetaData }) => Date.parse(MetaData.LastUpdatedTime) >= Math.floor(since / 1000) * 1000);
	const gone = company.deleted
		.filter((entry) => entry.name === name && entry.at >= since)
		.map(({ Id, at }) => ({ Id, status: 'Deleted', domain: 'QBO', MetaData: { LastUpdatedTime: core.time(at) } }));
	return [...alive, ...gone];
}
