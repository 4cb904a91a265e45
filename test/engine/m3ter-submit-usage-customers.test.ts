import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { csvOf, inItem, prepare, submitFile, usageRow, type SubmitMore } from './m3ter-submit-file-setup';

let m3ter: M3terSandbox;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());
beforeEach(async () => await prepare(m3ter));
afterEach(() => expect(m3ter.violations).toEqual([]));

const ENTITY = { version: 1, dtCreated: '2026-01-01T00:00:00.000Z', dtLastModified: '2026-01-01T00:00:00.000Z', createdBy: 'test', lastModifiedBy: 'test' };

/** A mapping as it was made long ago. */
function map(id: string, code: string, changes: { externalTable?: string; externalSystem?: string; m3terEntity?: string } = {}): void {
	const m3terId = [...m3ter.state.accounts.values()].find((account) => account.code === code)?.id ?? '';
	const key = `mapping-${m3ter.state.externalMappings.size}`;
	m3ter.state.externalMappings.set(key, { ...ENTITY, id: key, m3terEntity: 'Account', m3terId, externalSystem: 'Stripe', externalTable: 'Customer', externalId: id, ...changes });
}

const customers = (count: number) => Array.from({ length: count }, (_value, index) => `cus_${index}`);
const fileOf = (ids: string[]) => inItem(csvOf(ids.map((id, index) => usageRow(`u${index}`, { account: id }))), 'usage.csv');

const submit = async (ids: string[], more: SubmitMore = {}) =>
	await submitFile(m3ter, fileOf(ids), { ...more, parameters: { accountSource: 'customer', customerIdColumn: 'account', customerSystem: 'Stripe', customerTable: 'Customer' } });

const asked = () => m3ter.requests.filter(({ path }) => path.includes('/externalmappings/externalid/')).length;
const pages = () => m3ter.requests.filter(({ path }) => path.endsWith('/externalmappings')).length;

describe('many customers', () => {
	test('are found in the list of all mappings, 200 a request', async () => {
		for (const id of customers(450)) map(id, Number(id.slice(4)) % 2 ? 'globex' : 'initech');
		const { json } = await submit(customers(450));

		expect(json[0]).toMatchObject({ accepted: 450, rejected: 0 });
		expect([pages(), asked()]).toEqual([3, 0]);
		expect(m3ter.ingested().filter(({ account }) => account === 'globex')).toHaveLength(225);
	});

	test('in several thousand rows cost the list once', async () => {
		for (const id of customers(2_500)) map(id, 'globex');
		const { json } = await submit(customers(2_500));

		expect(json[0]).toMatchObject({ accepted: 2_500 });
		expect([pages(), asked()]).toEqual([13, 0]);
	});

	test('of which some are mapped to two accounts, to something else or not at all: those are rejected', async () => {
		for (const id of customers(97)) map(id, 'globex');
		map('cus_3', 'initech');
		map('cus_97', 'globex', { externalTable: 'Subscription' });
		map('cus_98', 'globex', { externalSystem: 'Chargebee' });
		map('cus_99', 'globex', { m3terEntity: 'Plan' });
		const { json } = await submit(customers(100));

		expect(json[0]).toMatchObject({ accepted: 96, rejected: 4 });
		expect(json[0].rejectedRows).toEqual([
			{ row: 4, reason: expect.stringMatching(/Stripe Customer cus_3 is mapped to the accounts .*(globex.*initech|initech.*globex)/) },
			...['cus_97', 'cus_98', 'cus_99'].map((id, index) => ({ row: 98 + index, reason: expect.stringContaining(`no external mapping Account → Stripe Customer ${id}`) })),
		]);
		// What the list lacks may be newer than the list.
		expect(asked()).toBe(3);
	});

	test('are asked for one by one when the list is too long to be worth it', async () => {
		for (const id of customers(60)) map(id, 'globex');
		map('cus_0', 'initech');
		for (let other = 0; other < 7_000; other++) map(`other_${other}`, 'globex');
		const { json } = await submit(customers(60));

		expect(json[0]).toMatchObject({ accepted: 59, rejected: 1, rejectedRows: [{ row: 1, reason: expect.stringContaining('globex') }] });
		expect([pages(), asked()]).toEqual([30, 60]);
	});

	test('are asked for one by one when m3ter does not give the list', async () => {
		for (const id of customers(60)) map(id, 'globex');
		m3ter.addFault({ method: 'GET', path: '/externalmappings', kind: 'status', status: 400, body: { message: 'externalSystemId is not known' }, times: Infinity });
		const { json } = await submit(customers(60));

		expect(json[0]).toMatchObject({ accepted: 60 });
		expect([pages(), asked()]).toEqual([1, 60]);
	});
});

test('a few customers are asked for one by one', async () => {
	for (const id of customers(20)) map(id, 'globex');
	await submit(customers(20));
	expect([pages(), asked()]).toEqual([0, 20]);
});
