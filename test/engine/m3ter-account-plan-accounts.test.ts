import { byCode, byId, create, identity, one, requests, run, useM3ter, world } from './m3ter-account-plan-setup';

useM3ter();

const attach = async () => await one('accountPlan', 'attach', { account: byCode('globex'), plan: byCode('pro'), startDate: '2026-05-01' });

describe('Account', () => {
	test('creates with every field', async () => {
		const parent = await create('group');

		const account = await create('globex', {
			currency: 'EUR',
			address: { details: { addressLine1: 'Elm St 1', locality: 'Berlin' } },
			billEpoch: '2026-05-01T00:00:00',
			daysBeforeBillDue: 14,
			purchaseOrderNumber: 'PO-77',
			autoGenerateStatementMode: 'JSON_AND_CSV',
			parentAccount: byCode('group'),
			customFields: { field: [{ name: 'crmId', value: '0015x' }, { name: 'seats', value: '={{ 12 }}' }] },
		});

		expect(world.m3ter.state.accounts.get(String(account.id))).toMatchObject({
			code: 'globex', currency: 'EUR', address: { addressLine1: 'Elm St 1', locality: 'Berlin' }, billEpoch: '2026-05-01', daysBeforeBillDue: 14,
			purchaseOrderNumber: 'PO-77', autoGenerateStatementMode: 'JSON_AND_CSV', parentAccountId: parent.id, customFields: { crmId: '0015x', seats: 12 },
		});
	});

	test('gets by ID and by code, simplified or whole', async () => {
		const { id } = await create();

		expect(await one('account', 'get', { account: byId(id) })).toMatchObject({ code: 'globex' });
		const whole = await one('account', 'get', { account: byCode('globex'), simplify: false });
		expect(whole).toMatchObject({ id, dtCreated: expect.any(String) });
	});

	test('gets many: all pages, a limit, by codes, children of a parent', async () => {
		const { id } = await create('group');
		for (const n of [1, 2, 3]) await create(`child ${n}`, n < 3 ? { parentAccount: byId(id) } : {});

		expect((await run('account', 'getAll', { returnAll: true })).json).toHaveLength(4);
		expect((await run('account', 'getAll', { limit: 3 })).json).toHaveLength(3);
		expect((await run('account', 'getAll', { filters: { codes: 'child 1, child 3' } })).json.map(({ code }) => code).sort()).toEqual(['child 1', 'child 3']);
		expect((await run('account', 'getAll', { filters: { parent: byCode('group') } })).json).toHaveLength(2);
	});

	test('searches with several conditions, sorted', async () => {
		for (const code of ['globex-b', 'globex-a', 'initech']) await create(code, { currency: code === 'initech' ? 'USD' : 'EUR' });
		const conditions = { condition: [{ field: 'code', comparator: '~', value: 'globex' }, { field: 'currency', comparator: ':', value: 'EUR' }] };

		const { json } = await run('account', 'search', { conditions, returnAll: true, sorting: { sortBy: 'code', sortOrder: 'ASC' } });
		expect(json.map(({ code }) => code)).toEqual(['globex-a', 'globex-b']);

		const dollar = await run('account', 'search', { conditions: { condition: [{ field: 'name', comparator: '~', value: 'A$B' }] } });
		expect(dollar.error?.message).toContain("'$'");
	});

	test('creates or updates by code', async () => {
		const created = await one('account', 'createOrUpdate', { ...identity(), additionalFields: { purchaseOrderNumber: 'PO-1' } });
		const updated = await one('account', 'createOrUpdate', { ...identity(), name: 'Globex SE' });

		expect(updated).toMatchObject({ id: created.id, name: 'Globex SE', purchaseOrderNumber: 'PO-1', version: 2 });
		expect(world.m3ter.state.accounts.size).toBe(1);
	});

	test('updates only what is given', async () => {
		await create('globex', { currency: 'EUR', address: { details: { addressLine1: 'Elm', locality: 'Berlin' } }, customFields: { field: [{ name: 'a', value: '1' }] } });

		const updated = await one('account', 'update', {
			account: byCode('globex'),
			updateFields: { address: { details: { locality: 'Bonn' } }, customFields: { field: [{ name: 'b', value: '2' }] }, code: 'globex-se' },
		});

		expect(updated).toMatchObject({ code: 'globex-se', currency: 'EUR', address: { addressLine1: 'Elm', locality: 'Bonn' }, customFields: { a: '1', b: '2' } });
	});

	test.each([400, 409] as const)('merges again when someone else changed the account meanwhile (%i)', async (status) => {
		const { id } = await create();
		world.m3ter.addFault({ method: 'PUT', path: /accounts/, kind: 'status', status, body: { message: 'Version 1 is not the current version 2' } });

		expect(await one('account', 'update', { account: byId(id), updateFields: { name: 'Globex SE' } })).toMatchObject({ name: 'Globex SE' });
		expect(requests('PUT')).toHaveLength(2);
	});

	test('end-dates billing entities and reports what failed', async () => {
		const { id } = await create();
		await attach();
		const parameters = { account: byId(id), endDate: '2026-07-01', billingEntities: ['ACCOUNTPLAN'] };

		expect(await one('account', 'endDate', parameters)).toMatchObject({ accountId: id, complete: true, updatedEntities: { ACCOUNTPLAN: [expect.any(String)] } });

		const tooEarly = { ...parameters, endDate: '2026-01-01' };
		const failed = await run('account', 'endDate', tooEarly, { onError: 'continueErrorOutput' });
		expect(failed.errors[0]).toMatchObject({ error: 'm3ter could not end-date everything', details: { failedEntities: { ACCOUNTPLAN: [expect.any(String)] } } });
		expect(await one('account', 'endDate', { ...tooEarly, failWhenIncomplete: false })).toMatchObject({ complete: false });
	});

	test('deletes, unless something refers to the account', async () => {
		const { id } = await create();
		expect(await one('account', 'delete', { account: byId(id) })).toEqual({ deleted: true, id });

		await create();
		await attach();
		const { error } = await run('account', 'delete', { account: byCode('globex') });
		expect(error?.description).toContain('referenced by account plans');
	});

	test('has deleted the account although the answer got lost, but not one that was never there', async () => {
		const { id } = await create();
		world.m3ter.addFault({ method: 'DELETE', path: /accounts/, kind: 'lost' });
		expect(await one('account', 'delete', { account: byId(id) })).toEqual({ deleted: true, id });
		expect(requests('DELETE')).toHaveLength(2);

		const { error } = await run('account', 'delete', { account: byId(id) });
		expect(error?.message).toBe('m3ter does not know this');
	});

	test.each([
		['the token had expired', () => world.m3ter.advanceClock(6 * 3600 * 1000)],
		['m3ter was throttling', () => world.m3ter.addFault({ method: 'DELETE', kind: 'status', status: 429 })],
	])('does not take an unknown account for deleted because %s', async (_why, prepare) => {
		await create();
		prepare();
		const { error } = await run('account', 'delete', { account: byId('00000000-0000-4000-8000-000000000000') });
		expect(error?.message).toBe('m3ter does not know this');
		expect(requests('DELETE').length).toBeGreaterThan(1);
	});

	test('looks for the account when the answer to its creation got lost', async () => {
		world.m3ter.addFault({ method: 'POST', path: /accounts$/, kind: 'lost' });

		expect(await create()).toMatchObject({ code: 'globex' });
		expect(world.m3ter.state.accounts.size).toBe(1);
	});

	test.each([
		[{ code: ' ' }, "'Code' is empty"],
		[{ code: 'a\tb' }, "'Code' is not a code m3ter takes"],
		[{ emailAddress: 'globex' }, "'Email' is not an email address"],
		[{ additionalFields: { billEpoch: 'soon' } }, "'Bill Epoch' is not a date"],
	])('checks %j before sending', async (wrong, message) => {
		const { error } = await run('account', 'create', { ...identity(), ...wrong });

		expect(error?.message).toBe(message);
		expect(requests('POST')).toEqual([]);
	});

	test('sends each failed item to the error branch', async () => {
		const items = [{ code: 'a' }, { code: '' }, { code: 'a' }];
		const { json, errors, items: outputs } = await run('account', 'create', { ...identity('={{ $json.code }}') }, { items, onError: 'continueErrorOutput' });

		expect(json.map(({ code }) => code)).toEqual(['a']);
		expect(errors).toMatchObject([{ error: "'Code' is empty" }, { error: 'm3ter refused the request', message: expect.stringContaining('already in use') }]);
		expect(outputs[1].map(({ pairedItem }) => pairedItem)).toMatchObject([{ item: 1 }, { item: 2 }]);
	});
});
