import { M3terSubmitUsage } from '../../nodes/M3ter/SubmitUsage/M3terSubmitUsage.node';
import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { listSearch, resourceMapping, runNode, type CredentialStore, type RunOptions } from './harness';

const node = new M3terSubmitUsage();
const ORG = `/organizations/${ORGANIZATION_ID}`;

let m3ter: M3terSandbox;
let credentials: CredentialStore;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());

beforeEach(async () => {
	m3ter.reset();
	m3ter.seed();
	credentials = { m3terApi: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: m3ter.url } };
	for (const code of ['globex', 'initech']) await create('/accounts', { name: `${code} Inc`, code, emailAddress: `${code}@example.com` });
	m3ter.requests.length = 0;
});
afterEach(() => expect(m3ter.violations).toEqual([]));

/** What a person does in the Console, through the sandbox's own API. */
async function create(path: string, body: object): Promise<{ id: string }> {
	const token = await fetch(`${m3ter.url}/oauth/token`, {
		method: 'POST',
		headers: { authorization: `Basic ${Buffer.from(`${ACCESS_KEY_ID}:${API_SECRET}`).toString('base64')}`, 'content-type': 'application/json' },
		body: JSON.stringify({ grant_type: 'client_credentials' }),
	});
	const { access_token: bearer } = (await token.json()) as { access_token: string };
	const answer = await fetch(`${m3ter.url}${ORG}${path}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'user-agent': 'test' },
		body: JSON.stringify(body),
	});
	expect(answer.status).toBe(200);
	return (await answer.json()) as { id: string };
}

const fields = {
	mappingMode: 'defineBelow',
	value: { 'where.region': '={{ $json.region }}', 'what.action': 'send', 'measure.requests': '={{ $json.requests }}' },
	matchingColumns: [],
	schema: [],
};

const parameters = {
	operation: 'submit',
	input: 'fields',
	meter: { __rl: true, mode: 'code', value: 'api_requests' },
	accountSource: 'code',
	account: { __rl: true, mode: 'code', value: '={{ $json.account }}' },
	timestamp: '={{ $json.ts }}',
	fields,
	uniqueId: 'value',
	uniqueIdValue: '={{ $json.id }}',
};

const usage = (id: string, changes: object = {}) => ({ id, account: 'globex', ts: '2026-05-02T03:04:05Z', region: 'eu-west-1', requests: 21, ...changes });

async function submit(items: object[], more: Partial<RunOptions> = {}, options: object = {}) {
	const result = await runNode({ node, credentials, items: items as RunOptions['items'], ...more, parameters: { ...parameters, options: { ...options }, ...more.parameters } });
	await m3ter.settled();
	return result;
}

const posts = () => m3ter.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/measurements'));
const uids = () => m3ter.ingested().map(({ uid }) => uid).sort();
const lookups = (path: string) => m3ter.requests.filter((request) => request.method === 'GET' && request.path.includes(path));

describe('submitting items', () => {
	test('sends one measurement per item and says what became of each', async () => {
		const { items, error } = await submit([usage('a'), usage('b', { account: 'initech', requests: '12.50' })]);

		expect(error).toBeUndefined();
		expect(items[0]).toEqual([
			{ json: { uid: 'a', account: 'globex', meter: 'api_requests', ts: '2026-05-02T03:04:05.000Z', status: 'accepted', batch: 1 }, pairedItem: { item: 0 } },
			{ json: { uid: 'b', account: 'initech', meter: 'api_requests', ts: '2026-05-02T03:04:05.000Z', status: 'accepted', batch: 1 }, pairedItem: { item: 1 } },
		]);
		expect(m3ter.ingested()).toEqual([
			expect.objectContaining({ uid: 'a', account: 'globex', where: { region: 'eu-west-1' }, what: { action: 'send' }, measure: { requests: 21 } }),
			expect.objectContaining({ uid: 'b', account: 'initech', measure: { requests: 12.5 } }),
		]);
		expect(posts()).toHaveLength(1);
	});

	test('sends thousands of items in few requests and looks each account up once', async () => {
		const whole = (index: number) => ({ uid: `u${index}`, meter: 'storage', account: index % 2 ? 'globex' : 'initech', ts: '2026-05-02', measure: { gigabytes: index } });
		const { json } = await submit(Array.from({ length: 2100 }, (_value, index) => whole(index)), { parameters: { input: 'json', uniqueId: 'measurement' } });

		expect(json).toHaveLength(2100);
		expect(new Set(json.map(({ batch }) => batch))).toEqual(new Set([1, 2, 3]));
		expect(m3ter.ingested()).toHaveLength(2100);
		expect(posts()).toHaveLength(3);
		expect(lookups('/accounts')).toHaveLength(1);
		expect(lookups('/meters')).toHaveLength(1);
	});

	test('splits 600 kB into requests below the limit', async () => {
		const { json } = await submit(Array.from({ length: 300 }, (_value, index) => usage(`u${index}`, { region: 'ü'.repeat(1000) })));

		expect(json.every(({ status }) => status === 'accepted')).toBe(true);
		expect(posts()).toHaveLength(2);
		expect(m3ter.ingested()).toHaveLength(300);
	});

	test('running it again counts nothing twice', async () => {
		const again = { parameters: { uniqueId: 'fields', uniqueIdFields: 'id, region' } };
		const first = await submit([usage('a'), usage('b')], again);
		const second = await submit([usage('b'), usage('a', { requests: '21' })], again);

		expect(second.json.map(({ uid }) => uid).sort()).toEqual(first.json.map(({ uid }) => uid).sort());
		expect(m3ter.ingested()).toHaveLength(2);
	});

	test('sends a unique ID that occurs twice in the run once, and refuses it for other values', async () => {
		const { json, errors } = await submit([usage('a'), usage('a'), usage('a', { requests: 5 })], { onError: 'continueErrorOutput' });

		expect(json.map(({ status, duplicateOf }) => [status, duplicateOf])).toEqual([
			['accepted', undefined],
			['duplicate-in-run', 1],
		]);
		expect(errors).toEqual([expect.objectContaining({ error: 'The unique ID was used before, with other values', message: expect.stringMatching(/^Row 3 .*row 1/) })]);
		expect(uids()).toEqual(['a']);
	});

	test('reads time zone and dry run for each item', async () => {
		const local = { ts: '2026-05-02 00:30:00' };
		const { json } = await submit([usage('a', { ...local, zone: 'UTC' }), usage('b', { ...local, zone: 'America/New_York' }), usage('c', { test: true })], {}, { zone: '={{ $json.zone }}', dryRun: '={{ $json.test === true }}' });

		expect(json.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'valid']);
		expect(m3ter.ingested().map(({ ts }) => ts)).toEqual(['2026-05-02T00:30:00.000Z', '2026-05-02T04:30:00.000Z']);
	});

	test('reads times without a zone in the chosen one, and an end', async () => {
		await submit([usage('a', { ts: '2026-05-02 12:00:00', until: '1777719600' })], {}, { zone: 'Europe/Berlin', endTimestamp: '={{ $json.until }}' });

		expect(m3ter.ingested()[0]).toMatchObject({ ts: '2026-05-02T10:00:00.000Z', ets: '2026-05-02T11:00:00.000Z' });
	});

	test('maps fields by their names', async () => {
		const schema = ['where.region', 'what.action', 'measure.requests'].map((id) => ({ id, displayName: id, required: true, defaultMatch: false, display: true }));
		const automatic = { fields: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema } };
		await submit([usage('a', { 'what.action': 'read' })], { parameters: automatic });

		expect(m3ter.ingested()[0]).toMatchObject({ where: { region: 'eu-west-1' }, what: { action: 'read' }, measure: { requests: 21 } });
	});

	test('maps fields named with their category when the meter is an expression', async () => {
		const automatic = {
			meter: { __rl: true, mode: 'code', value: '={{ $json.meter }}' },
			fields: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema: [] },
		};
		await submit([{ ...usage('a'), meter: 'storage', 'measure.gigabytes': 2 }], { parameters: automatic });

		expect(m3ter.ingested()[0]).toMatchObject({ meter: 'storage', measure: { gigabytes: 2 } });
	});

	test('takes whole measurements as JSON', async () => {
		const measurement = { uid: 'j1', meter: 'storage', account: 'globex', ts: 1_777_694_700, measure: { gigabytes: '3.5' } };
		const { json } = await submit([measurement], { parameters: { input: 'json', json: '={{ $json }}' } });

		expect(json[0]).toMatchObject({ uid: 'j1', meter: 'storage', status: 'accepted' });
		expect(m3ter.ingested()[0]).toMatchObject({ uid: 'j1', ts: '2026-05-02T04:05:00.000Z', measure: { gigabytes: 3.5 } });
	});

	test('a dry run outputs the measurements and sends nothing', async () => {
		const { json } = await submit([usage('a')], {}, { dryRun: true });

		expect(json[0]).toMatchObject({ status: 'valid', measurement: { uid: 'a', account: 'globex', measure: { requests: 21 } } });
		expect(posts()).toHaveLength(0);
	});

	test('one summary item instead of one per row', async () => {
		const { items } = await submit([usage('a'), usage('a'), usage('b')], {}, { output: 'summary' });

		expect(items[0]).toHaveLength(1);
		expect(items[0][0].json).toMatchObject({ rows: 3, accepted: 2, duplicatesInRun: 1, failed: 0, batches: 1 });
		expect(items[0][0].pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});
});

describe('accounts by customer ID', () => {
	const byCustomer = { parameters: { accountSource: 'customer', customerSystem: 'Stripe', customerTable: 'Customer', customerId: '={{ $json.customer }}' } };
	const map = async (code: string, externalId: string) => {
		const m3terId = [...m3ter.state.accounts.values()].find((account) => account.code === code)?.id;
		await create('/externalmappings', { m3terEntity: 'Account', m3terId, externalSystem: 'Stripe', externalTable: 'Customer', externalId });
	};

	test('are looked up once per distinct ID', async () => {
		await map('globex', 'cus_1');
		await map('initech', 'cus_2');
		const { json } = await submit([usage('a', { customer: 'cus_1' }), usage('b', { customer: 'cus_2' }), usage('c', { customer: 'cus_1' })], byCustomer);

		expect(json.map(({ account }) => account)).toEqual(['globex', 'initech', 'globex']);
		expect(lookups('/externalmappings/externalid')).toHaveLength(2);
		expect(lookups('/accounts')).toHaveLength(1);
	});

	test('an unknown or ambiguous one fails its rows and says what to do', async () => {
		await map('globex', 'cus_1');
		await map('globex', 'cus_2');
		await map('initech', 'cus_2');
		const { json, errors } = await submit([usage('a', { customer: 'cus_1' }), usage('b', { customer: 'cus_9' }), usage('c', { customer: 'cus_2' })], {
			...byCustomer,
			onError: 'continueErrorOutput',
		});

		expect(json).toHaveLength(1);
		expect(errors).toEqual([
			expect.objectContaining({
				error: 'The customer has no m3ter account',
				message: expect.stringMatching(/^Row 2 \(customer cus_9, meter api_requests\): .*Stripe Customer cus_9.*External Mapping/),
				details: expect.objectContaining({ kind: 'mapping-missing', row: 2, customer: 'cus_9' }),
			}),
			expect.objectContaining({ error: 'The customer has several m3ter accounts', message: expect.stringMatching(/globex.*initech|initech.*globex/) }),
		]);
		expect(uids()).toEqual(['a']);
	});
});

describe('bad rows', () => {
	test.each<[string, object, string]>([
		['a bad timestamp', { ts: 'yesterday' }, '"yesterday" is not a time'],
		['an over-long unique ID', { id: 'x'.repeat(51) }, 'has 51 characters'],
		['text for a number', { requests: 'many' }, 'measure.requests is "many", not a number'],
		['a missing data field', { region: null }, 'missing where.region'],
		['an unknown account', { account: 'globexx' }, 'no account with the code globexx'],
		['an account in other letters', { account: 'Globex' }, 'no account with the code Globex'],
		['an empty account', { account: '' }, 'account is empty'],
		['a future timestamp', { ts: '2099-01-01T00:00:00Z' }, 'is in the future'],
	])('%s costs that row only', async (_case, changes, reason) => {
		const { json, errors } = await submit([usage('good'), usage('bad', changes)], { onError: 'continueErrorOutput' });

		expect(json.map(({ uid, status }) => [uid, status])).toEqual([['good', 'accepted']]);
		expect(errors).toHaveLength(1);
		expect(errors[0].message).toContain('Row 2');
		expect(errors[0].message).toContain(reason);
		expect(errors[0].details).toMatchObject({ row: 2 });
		expect(uids()).toEqual(['good']);
		expect(m3ter.state.accounts.size).toBe(2);
	});

	test('an unknown meter is named', async () => {
		const { error } = await submit([usage('a')], { parameters: { meter: { __rl: true, mode: 'code', value: 'api_request' } } });

		expect(error?.message).toBe('m3ter has no such meter');
		expect(error?.description).toContain('api_request');
		expect(posts()).toHaveLength(0);
	});

	test('stop the workflow after the good rows were sent, with all reasons', async () => {
		const { error, items } = await submit([usage('a'), usage('b', { ts: '' }), usage('c', { account: 'nobody' })]);

		expect(items).toEqual([]);
		expect(error?.message).toBe('2 of 3 measurements were not accepted');
		expect(error?.description).toMatch(/Row 2 .*ts is empty[\s\S]*Row 3 \(account nobody.*no account with the code nobody[\s\S]*not counted twice/);
		expect(error?.context.itemIndex).toBe(1);
		expect(uids()).toEqual(['a']);
	});

	test('become error items among the others under "Continue"', async () => {
		const { json } = await submit([usage('a', { ts: '' }), usage('b')], { onError: 'continueRegularOutput' });

		expect(json).toEqual([expect.objectContaining({ error: 'The measurement is not valid' }), expect.objectContaining({ uid: 'b', status: 'accepted' })]);
	});

	test('are left beside a summary', async () => {
		const { json, errors } = await submit([usage('a', { ts: '' }), usage('b')], { onError: 'continueErrorOutput' }, { output: 'summary' });

		expect(json).toEqual([expect.objectContaining({ rows: 2, accepted: 1, failed: 1 })]);
		expect(errors).toHaveLength(1);
	});

	test('numeric text is refused when its conversion is off', async () => {
		const { error } = await submit([usage('a', { requests: '21' })], {}, { convertNumericText: false });

		expect(error?.description).toContain("'Convert Numeric Text' is off");
	});

	test('that only m3ter refuses cost only themselves', async () => {
		// A little in the future: within the tolerance for clocks here, but not there.
		const soon = new Date(Date.now() + 50_000).toISOString();
		const { json, errors } = await submit([...Array.from({ length: 9 }, (_value, index) => usage(`u${index}`)), usage('soon', { ts: soon })], { onError: 'continueErrorOutput' });

		expect(json).toHaveLength(9);
		expect(errors[0]).toMatchObject({ error: 'm3ter refused the request', message: expect.stringMatching(/^Row 10 \(account globex.*ts must not be in the future/) });
		expect(uids()).toHaveLength(9);
	});
});

describe('look-ups that are switched off', () => {
	test('leave everything to m3ter and need no right to read', async () => {
		m3ter.addFault({ method: 'GET', kind: 'status', status: 403, body: { message: 'Forbidden' }, times: Infinity });
		const { json } = await submit([usage('a'), usage('b', { account: 'ghost' })], {}, { verifyAccounts: false, checkMeter: false });

		expect(json.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
		expect(lookups('/')).toHaveLength(0);
		expect([...m3ter.state.accounts.values()].map(({ name }) => name)).toContain('ghost-autocreated');
	});
});

describe('faults', () => {
	const ingest = { method: 'POST', path: /\/measurements$/ };

	test.each([
		['throttled', { kind: 'status' as const, status: 429, headers: { 'retry-after': '0' }, body: { message: 'Too Many Requests' } }],
		['unavailable', { kind: 'status' as const, status: 500, body: { message: 'Internal Server Error' } }],
		['an HTML error page', { kind: 'html' as const, status: 502 }],
		['refused', { kind: 'refuse' as const }],
		['answered into the void', { kind: 'lost' as const }],
	])('a request that is %s is sent again and counts once', async (_case, fault) => {
		m3ter.addFault({ ...ingest, ...fault });
		const { json, error } = await submit([usage('a'), usage('b')]);

		expect(error).toBeUndefined();
		expect(json.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
		expect(uids()).toEqual(['a', 'b']);
		expect(posts().length).toBeGreaterThanOrEqual(2);
	});

	test('one that stays unavailable fails its rows; running it again counts each once', async () => {
		m3ter.addFault({ ...ingest, kind: 'lost', times: Infinity });
		const failed = await submit([usage('a'), usage('b')], { onError: 'continueErrorOutput' });
		m3ter.clearFaults();
		const healed = await submit([usage('a'), usage('b')]);

		expect(failed.errors).toHaveLength(2);
		expect(failed.errors[0]).toMatchObject({ details: { kind: 'unavailable', outcomeUnknown: true, uid: 'a' } });
		expect(healed.json.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
		expect(uids()).toEqual(['a', 'b']);
	});

	test('a look-up that fails midway leaves what is before it sent, and is not tried for every thousand again', async () => {
		const many = Array.from({ length: 5_000 }, (_value, index) => usage(`u${index}`, { account: index < 2_000 ? 'globex' : 'initech' }));
		m3ter.addFault({ method: 'GET', path: '/accounts', after: 1, kind: 'status', status: 404, body: { message: 'Not found' }, times: Infinity });
		const { items, errors } = await submit(many, { onError: 'continueErrorOutput' });

		expect(items[0].map(({ json }) => json.status)).toEqual(Array.from({ length: 2_000 }, () => 'accepted'));
		expect(errors).toHaveLength(3_000);
		expect(errors[0]).toMatchObject({ error: 'm3ter does not know this', message: expect.stringContaining('Row 2001 (account initech') });
		expect(lookups('/accounts')).toHaveLength(2);

		m3ter.clearFaults();
		await submit(many);
		expect(m3ter.ingested()).toHaveLength(5_000);
	});

	test('text that the firewall takes for code costs its row only', async () => {
		const { json, errors } = await submit([usage('a'), usage('b', { region: '<script>' }), usage('c')], { onError: 'continueErrorOutput' });

		expect(json.map(({ uid }) => uid)).toEqual(['a', 'c']);
		expect(errors).toEqual([expect.objectContaining({ error: 'm3ter blocked the request before it was read', message: expect.stringMatching(/^Row 2 .*firewall/) })]);
		expect(uids()).toEqual(['a', 'c']);
	});

	test('a missing permission fails all rows without more requests', async () => {
		m3ter.addFault({ ...ingest, kind: 'status', status: 403, body: { message: 'Forbidden' }, times: Infinity });
		const { errors } = await submit([usage('a'), usage('b')], { onError: 'continueErrorOutput' });

		expect(errors.map(({ error }) => error)).toEqual(['m3ter refused access', 'm3ter refused access']);
		expect(posts().length).toBeLessThanOrEqual(3);
	});

	test('a wrong access key becomes error items, too', async () => {
		credentials.m3terApi.apiSecret = 'wrong';
		const { json, errors } = await submit([usage('a'), usage('b')], { onError: 'continueErrorOutput' });

		expect(json).toEqual([]);
		expect(errors).toHaveLength(2);
		expect(errors[1]).toMatchObject({ error: 'm3ter refused access', message: expect.stringMatching(/^Row 2 .*credential/) });
	});
});

describe('the editor', () => {
	test('lists meters and accounts by code', async () => {
		expect(await listSearch({ node, credentials, method: 'searchMeterCodes' })).toMatchObject({
			results: [{ name: 'API requests (api_requests)', value: 'api_requests' }, { name: 'Storage (storage)', value: 'storage' }],
		});
		expect((await listSearch({ node, credentials, method: 'searchMeterCodes', filter: 'STOR' })).results.map(({ value }) => value)).toEqual(['storage']);
		expect((await listSearch({ node, credentials, method: 'searchAccountCodes' })).results.map(({ value }) => value)).toEqual(['globex', 'initech']);
		expect((await listSearch({ node, credentials, method: 'searchAccountCodes', filter: 'glo' })).results.map(({ value }) => value)).toEqual(['globex']);
	});

	test("draws the meter's data fields", async () => {
		const { fields: drawn } = await resourceMapping({ node, credentials, method: 'getMeterFields', parameters });

		expect(drawn.map(({ id, displayName, type, required }) => ({ id, displayName, type, required }))).toEqual([
			{ id: 'where.region', displayName: 'Region (where.region)', type: 'string', required: true },
			{ id: 'what.action', displayName: 'Action (what.action)', type: 'string', required: true },
			{ id: 'measure.requests', displayName: 'Requests (measure.requests, requests)', type: 'number', required: true },
		]);
	});

	test('asks for a meter first', async () => {
		const none = { ...parameters, meter: { __rl: true, mode: 'list', value: '' } };
		expect(await resourceMapping({ node, credentials, method: 'getMeterFields', parameters: none })).toEqual({ fields: [], emptyFieldsNotice: 'Choose a meter first.' });
	});
});

describe('listing ingest failures', () => {
	const list = async (changes: object = {}) =>
		await runNode({ node, credentials, parameters: { operation: 'listFailures', since: '={{ $now.minus({ hours: 1 }).toISO() }}', returnAll: true, ...changes } });

	beforeEach(async () => {
		const off = { verifyAccounts: false, checkMeter: false };
		await submit([usage('a', { region: null })], {}, off);
		await submit([usage('b')], { parameters: { meter: { __rl: true, mode: 'code', value: 'nothing' } } }, off);
	});

	test('gives the reason and the measurement, newest first', async () => {
		const { json } = await list();

		expect(json).toEqual([
			expect.objectContaining({ reason: 'UndefinedMeter', measurement: expect.objectContaining({ uid: 'b', meter: 'nothing' }) }),
			expect.objectContaining({ reason: 'MissingField', measurement: expect.objectContaining({ uid: 'a', measure: { requests: 21 } }), eventId: expect.any(String) }),
		]);
	});

	test('stops at the limit and at the given time', async () => {
		expect((await list({ returnAll: false, limit: 1 })).json).toHaveLength(1);
		expect((await list({ since: '={{ $now.plus({ hours: 1 }).toISO() }}' })).json).toHaveLength(0);
	});

	test('downloads nothing when not asked to', async () => {
		const { json } = await list({ download: false });

		expect(json[0]).not.toHaveProperty('measurement');
		expect(json[0]).toMatchObject({ reason: 'UndefinedMeter', meter: 'nothing', file: expect.stringContaining('failed-ingest/') });
		expect(lookups('/presigned')).toHaveLength(0);
	});

	test('names one whose measurement cannot be had beside the others', async () => {
		m3ter.addFault({ method: 'GET', path: /getDownloadUrl$/, kind: 'status', status: 404, body: { message: 'Not found' } });
		const { json, error } = await list();

		expect(error).toBeUndefined();
		expect(json.filter(({ downloadProblem }) => downloadProblem !== undefined)).toEqual([expect.objectContaining({ measurement: null, downloadProblem: expect.stringContaining('Not found') })]);
		expect(json.length).toBeGreaterThan(1);
	});
});
