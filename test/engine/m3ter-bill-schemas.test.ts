/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';

import { addCustomer, one, run, useM3ter, world } from './m3ter-bill-setup';
import { differences, readSchema } from './outputSchema';

/** What the editor shows as the output of an operation before it ever ran. */

useM3ter();

const ROOT = path.join(__dirname, '../../nodes/M3ter/Bill/__schema__/v1.0.0');
const schemaOf = (resource: string, operation: string) => readSchema(`M3ter/Bill/__schema__/v1.0.0/${resource}/${operation}.json`);
const fieldsOf = (resource: string, operation: string): string[] => Object.keys(schemaOf(resource, operation).properties ?? {});

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

type Case = [resource: string, operation: string, parameters: IDataObject];

/** Every operation that reads or changes something, with what it needs to work. */
async function cases(): Promise<Case[]> {
	await addCustomer('globex');
	const account = { __rl: true, mode: 'code', value: 'globex' };
	const job = await one('billJob', 'create', { accounts: 'globex', lastDateInBillingPeriod: '2026-05-31' });
	const [{ id: billId }] = job.bills as Array<{ id: string }>;
	const [line] = (await run('bill', 'getLineItems', { billId, returnAll: true })).json;
	const memo = { billId, referencedLineItemId: line.id, amount: 1, description: 'Outage' };
	const memoCases = async (resource: string): Promise<Case[]> => {
		const { id: lineItemId } = await one(resource, 'create', { ...memo, amount: 2 });
		return [
			[resource, 'create', { ...memo, options: { allowDuplicate: true } }],
			[resource, 'get', { billId, lineItemId }],
			[resource, 'getAll', { billId, limit: 1 }],
			[resource, 'update', { billId, lineItemId, updateFields: { amount: 3 } }],
		];
	};
	return [
		['billJob', 'get', { billJobId: job.id }],
		['billJob', 'getAll', { limit: 1 }],
		['billJob', 'cancel', { billJobId: job.id }],
		['billJob', 'preview', { account, lastDateInBillingPeriod: '2026-06-30' }],
		...(await memoCases('creditLineItem')),
		...(await memoCases('debitLineItem')),
		['bill', 'get', { billId }],
		['bill', 'getAll', { options: { includeAccount: true } }],
		['bill', 'getLineItems', { billId, limit: 1 }],
		['bill', 'recalculate', { billId }],
		['bill', 'recalculate', { billId, dryRun: true }],
		['bill', 'approve', { billId, dryRun: true }],
		['bill', 'approve', { billId }],
		['bill', 'lock', { billId, dryRun: true }],
		['bill', 'setPending', { billId }],
		['billJob', 'create', { accounts: 'globex', lastDateInBillingPeriod: '2026-06-30' }],
	];
}

/** Bill > Get and Get Many give whole bills: the items of the m3ter Bill Approved Trigger, by polling. */
const isWhole = (resource: string, operation: string) => resource === 'bill' && ['get', 'getAll'].includes(operation);

test('the schemas name the fields that come out', async () => {
	const others: Case[] = [
		['scheduledEvent', 'createOrUpdate', { eventName: 'overdue' }],
		['scheduledEvent', 'getAll', {}],
	];
	const wrong: string[] = [];
	for (const [resource, operation, parameters] of [...(await cases()), ...others]) {
		wrong.push(...differences(await one(resource, operation, parameters), schemaOf(resource, operation), `${resource}/${operation}`));
	}
	expect(wrong).toEqual([]);
});

test('answers have ten fields at most, unless Simplify is off', async () => {
	for (const [resource, operation, parameters] of await cases()) {
		const simple = await one(resource, operation, isWhole(resource, operation) ? { ...parameters, simplify: true } : parameters);
		expect({ resource, operation, fields: Object.keys(simple).length <= 10 }).toEqual({ resource, operation, fields: true });
		if (!isWhole(resource, operation)) expect(fieldsOf(resource, operation).length).toBeLessThanOrEqual(10);
		const whole = await one(resource, operation, { ...parameters, simplify: false });
		expect({ resource, operation, whole: 'dtCreated' in whole }).toEqual({ resource, operation, whole: true });
	}
});

test('whole bills are the default where they stand for what the trigger emits', async () => {
	for (const [resource, operation, parameters] of (await cases()).filter(([resource, operation]) => isWhole(resource, operation))) {
		expect(await one(resource, operation, parameters)).toMatchObject({ lineItems: expect.any(Array), dtCreated: expect.any(String) });
	}
});
