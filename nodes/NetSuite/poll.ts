import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { netSuiteApi } from './api';
import { changedRecords, readSales, type ChangedRecord } from './changedSales';
import type { SaleOptions } from './sale';
import { saleOptionsOf } from './saleOperations';

/** Changes become visible a little late and clocks differ: every poll looks back this far, and what was seen is left out. */
const OVERLAP_MS = 15 * 60_000;
/** How far a test in the editor looks back for an example. */
const EXAMPLE_MS = 30 * 86_400_000;
const REMEMBERED = 10_000;

const keyOf = ({ recordtype, id, modified }: ChangedRecord) => `${recordtype} ${id} ${modified}`;

/** What was sold or changed since the last poll. The first poll after activation only notes what is there. */
export async function pollSales(context: IPollFunctions): Promise<INodeExecutionData[]> {
	const staticData = context.getWorkflowStaticData('node');
	const options = context.getNodeParameter('options', {}) as Partial<SaleOptions> & { timeZone?: string };
	const watch = context.getNodeParameter('watch') as string[];
	const api = await netSuiteApi(context);
	const now = Date.now();
	const isTest = context.getMode() === 'manual';
	const last = typeof staticData.polledAt === 'number' ? staticData.polledAt : undefined;
	const since = new Date(isTest ? now - EXAMPLE_MS : (last ?? now) - OVERLAP_MS).toISOString();
	const records = await changedRecords(api, { watch, since, timeZone: options.timeZone ?? '' });
	const read = async (some: readonly ChangedRecord[]) => (await readSales(api, some, saleOptionsOf(options))).map((json) => ({ json: json as unknown as IDataObject }));
	if (isTest) return await read(records.slice(-1));
	const seen = new Set(Array.isArray(staticData.seen) ? staticData.seen.map(String) : []);
	const unseen = records.filter((record) => !seen.has(keyOf(record)));
	const items = last === undefined ? [] : await read(unseen);
	staticData.polledAt = now;
	staticData.seen = [...seen, ...unseen.map(keyOf)].slice(-REMEMBERED);
	return items;
}
