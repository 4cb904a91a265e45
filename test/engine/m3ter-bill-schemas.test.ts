/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';

import { addCustomer, one, run, useM3ter, world } from './m3ter-bill-setup';

/** What the editor shows as the output of an operation before it ever ran. */

useM3ter();

const ROOT = path.join(__dirname, '../../nodes/M3ter/Bill/__schema__/v1.0.0');
const fieldsOf = (resource: string, operation: string): string[] => {
	const schema = JSON.parse(readFileSync(path.join(ROOT, resource, `${operation}.json`), 'utf8')) as { properties: object };
	return Object.keys(schema.properties);
};

test('every operation has an output schema and an action text of its own', () => {
	const selectors = world.node.description.properties.filter(({ name }) => name === 'operation');
	const operations = selectors.flatMap(({ options, displayOptions }) =>
		((options ?? []) as INodePropertyOptions[]).map(({ value, action }) => ({ at: `${String(displayOptions?.show?.resource?.[0])}/${String(value)}.json`, action })),
	);
	const shipped = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));

	expect(shipped.sort()).toEqual(operations.map(({ at }) => at).sort());
	expect(operations.filter(({ action }) => !action)).toEqual([]);
	expect(new Set(operations.map(({ action }) => action)).size).toBe(operations.length);
});

test('the schemas name the fields that come out', async () => {
	await addCustomer('globex');
	const job = await one('billJob', 'create', { accounts: 'globex', lastDateInBillingPeriod: '2026-05-31' });
	const [{ id: billId }] = job.bills as Array<{ id: string }>;
	const [line] = (await run('bill', 'getLineItems', { billId, returnAll: true })).json;
	const memo = { billId, referencedLineItemId: line.id, amount: 1, description: 'Outage' };
	const event = { eventName: 'overdue' };
	const cases: Array<[string, string, IDataObject]> = [
		['billJob', 'get', { billJobId: job.id }],
		['billJob', 'getAll', {}],
		['billJob', 'cancel', { billJobId: job.id }],
		['billJob', 'preview', { account: { __rl: true, mode: 'code', value: 'globex' }, lastDateInBillingPeriod: '2026-06-30' }],
		['creditLineItem', 'create', memo],
		['debitLineItem', 'create', memo],
		['scheduledEvent', 'createOrUpdate', event],
		['scheduledEvent', 'getAll', {}],
		['bill', 'getAll', { options: { includeAccount: true } }],
		['bill', 'recalculate', { billId }],
		['bill', 'approve', { billId, dryRun: true }],
	];
	expect(fieldsOf('billJob', 'create')).toEqual(expect.arrayContaining(Object.keys(job)));
	// The local m3ter gives it back, m3ter's description does not promise it.
	const known = (resource: string, operation: string) => [...fieldsOf(resource, operation), 'accountingProductId'];
	for (const [resource, operation, parameters] of cases) {
		const missing = Object.keys(await one(resource, operation, parameters)).filter((field) => !known(resource, operation).includes(field));
		expect({ resource, operation, missing }).toEqual({ resource, operation, missing: [] });
	}
});
