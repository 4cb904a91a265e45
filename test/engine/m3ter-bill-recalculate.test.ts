/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type { Bill } from '../sandbox/m3ter';
import { addAccount, requests, run, stored, useM3ter, world } from './m3ter-bill-setup';

useM3ter();

const addBill = (): Bill => world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount: 46 }] });
const asItems = (...bills: Array<{ id: string }>) => ({ items: bills.map(({ id }) => ({ id })) });
const recalculations = () => requests('POST').filter(({ path }) => path.endsWith('/recalculate'));

beforeEach(async () => {
	await addAccount('globex');
});

test('recalculates the bills of all items in one job and tells each outcome', async () => {
	const [first, second] = [addBill(), addBill()];
	world.m3ter.approveBill(second.id);
	const calculated = stored(first.id).lastCalculatedDate;
	const { items } = await run('bill', 'recalculate', {}, asItems(first, second, first));

	expect(items[0].map(({ json, pairedItem }) => [json.id, json.action, json.status, json.previouslyApproved, pairedItem])).toEqual([
		[first.id, 'recalculated', 'PENDING', false, { item: 0 }],
		[second.id, 'recalculated', 'PENDING', true, { item: 1 }],
		[first.id, 'recalculated', 'PENDING', false, { item: 2 }],
	]);
	expect(items[0][0].json).toMatchObject({ previousTotal: 46, billTotal: 46, recalculationJobId: expect.any(String) });
	expect(stored(first.id).lastCalculatedDate).not.toBe(calculated);
	expect(recalculations().map(({ body }) => body)).toEqual([{ billIds: expect.arrayContaining([first.id, second.id]) }]);
});

test('a bill that the job left as it was is reported, the others go on', async () => {
	const [left, done] = [addBill(), addBill()];
	const before = stored(left.id);
	const running = run('bill', 'recalculate', {}, { ...asItems(left, done), onError: 'continueErrorOutput' });
	// m3ter reports what went wrong with a bill nowhere but in its Console: here the calculation of one has no effect.
	const undo = setInterval(() => world.m3ter.state.bills.set(left.id, before), 5);
	const { json, errors } = await running;
	clearInterval(undo);

	expect(json).toEqual([expect.objectContaining({ id: done.id, action: 'recalculated' })]);
	expect(errors).toEqual([expect.objectContaining({ error: 'm3ter did not recalculate the bill', message: expect.stringContaining(left.id) })]);
});

test('locked, unknown and empty bills fail alone and are not sent', async () => {
	const [locked, open] = [addBill(), addBill()];
	world.m3ter.approveBill(locked.id);
	world.m3ter.lockBill(locked.id);
	const { json, errors } = await run('bill', 'recalculate', {}, { ...asItems(locked, { id: 'nothing' }, { id: '' }, open), onError: 'continueErrorOutput' });

	expect(json).toEqual([expect.objectContaining({ id: open.id, action: 'recalculated' })]);
	expect(errors.map(({ error }) => error)).toEqual(['The bill is locked', 'm3ter has no such bill', "'Bill ID' is empty"]);
	expect(recalculations().map(({ body }) => body)).toEqual([{ billIds: [open.id] }]);
});

test('one refused bill costs one bill', async () => {
	const bills = [addBill(), addBill(), addBill()];
	world.m3ter.addFault({ method: 'POST', path: /recalculate$/, kind: 'status', status: 400, body: { message: 'A bill is being calculated' } });
	world.m3ter.addFault({ method: 'POST', path: /recalculate$/, after: 2, kind: 'status', status: 400, body: { message: 'This bill is being calculated' } });
	const { json, errors } = await run('bill', 'recalculate', {}, { ...asItems(...bills), onError: 'continueErrorOutput' });

	expect(json.map(({ id }) => id).length + errors.length).toBe(3);
	expect(errors).toEqual([expect.objectContaining({ error: 'm3ter refused the request', message: expect.stringMatching(/^Bill .*being calculated/) })]);
});

test('does not wait when told not to', async () => {
	const bill = addBill();
	const { json } = await run('bill', 'recalculate', { wait: false }, asItems(bill));
	expect(json).toEqual([expect.objectContaining({ id: bill.id, action: 'started', recalculationJobId: expect.any(String) })]);
	await world.m3ter.settled();
});

test('a lost answer does no harm', async () => {
	const bill = addBill();
	world.m3ter.addFault({ method: 'POST', path: /recalculate$/, kind: 'lost' });
	expect((await run('bill', 'recalculate', {}, asItems(bill))).json).toEqual([expect.objectContaining({ action: 'recalculated', billTotal: 46 })]);
});

test.each(['approve', 'lock', 'recalculate', 'setPending'])('a dry run of %s writes nothing and shows what would become of each bill', async (operation) => {
	const [pending, approved] = [addBill(), addBill()];
	world.m3ter.approveBill(approved.id);
	const before = structuredClone([stored(pending.id), stored(approved.id)]);
	world.m3ter.requests.length = 0;
	const { json, errors } = await run('bill', operation, { dryRun: true }, { ...asItems(pending, approved, { id: 'nothing' }), onError: 'continueErrorOutput' });

	const wanted = { approve: ['approved', 'unchanged'], lock: ['The bill is not approved', 'locked'], recalculate: ['recalculated', 'recalculated'], setPending: ['unchanged', 'pending'] }[operation];
	expect([...errors.map(({ error }) => error), ...json.map(({ action }) => action)].filter((outcome) => outcome !== 'm3ter has no such bill')).toEqual(wanted);
	expect(json.every(({ dryRun }) => dryRun === true)).toBe(true);
	expect(errors.at(-1)).toMatchObject({ error: 'm3ter has no such bill' });
	expect([stored(pending.id), stored(approved.id)]).toEqual(before);
	expect([...requests('POST'), ...requests('PUT')]).toEqual([]);
});
