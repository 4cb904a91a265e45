import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { credentialsFor, node, posts, prepare } from './m3ter-submit-file-setup';
import { resourceMapping, runNode } from './harness';

let m3ter: M3terSandbox;

beforeAll(async () => {
	m3ter = await startM3terSandbox();
});
afterAll(async () => await m3ter.close());
beforeEach(async () => await prepare(m3ter));

const usage = { id: 'a', 'the region': 'eu', nested: { ts: '2026-05-02T03:04:05Z', account: { code: 'globex' } }, requests: 21, list: ['read'], toString: 'x' };

async function submit(changes: object, fields: object = {}) {
	const parameters = {
		operation: 'submit',
		input: 'fields',
		meter: { __rl: true, mode: 'code', value: 'api_requests' },
		accountSource: 'code',
		account: { __rl: true, mode: 'code', value: '={{ $json.nested.account.code }}' },
		timestamp: '={{ $json.nested.ts }}',
		fields: { mappingMode: 'defineBelow', value: { 'where.region': '={{ $json["the region"] }}', 'what.action': 'send', 'measure.requests': '={{ $json.requests }}', ...fields }, matchingColumns: [], schema: [] },
		uniqueId: 'value',
		uniqueIdValue: '={{ $json.id }}',
		...changes,
	};
	const { error } = await runNode({ node, credentials: credentialsFor(m3ter), items: [usage], parameters });
	await m3ter.settled();
	return error?.description ?? m3ter.ingested()[0];
}

const expected = { uid: 'a', account: 'globex', ts: '2026-05-02T03:04:05.000Z', where: { region: 'eu' }, what: { action: 'send' }, measure: { requests: 21 } };

test.each<[string, object, object, object]>([
	['fields by name, path and quoted name', {}, {}, {}],
	['text around an expression', { uniqueIdValue: '=row-{{ $json.id }}' }, {}, { uid: 'row-a' }],
	['calculations', {}, { 'measure.requests': '={{ $json.requests * 2 }}' }, { measure: { requests: 42 } }],
	['functions that return a date', { timestamp: '={{ DateTime.fromISO($json.nested.ts).plus({ hours: 1 }) }}' }, {}, { ts: '2026-05-02T04:04:05.000Z' }],
	['positions in lists', {}, { 'what.action': '={{ $json.list[0] }}' }, { what: { action: 'read' } }],
	['a field with the name of a function', {}, { 'what.action': '={{ $json.toString }}' }, { what: { action: 'x' } }],
	['text that only looks like an expression', {}, { 'what.action': '{{ $json.id }}' }, { what: { action: '{{ $json.id }}' } }],
])('reads %s', async (_case, changes, fields, differences) => {
	expect(await submit(changes, fields)).toMatchObject({ ...expected, ...differences });
});

test('a field that is not there is missing', async () => {
	expect(await submit({}, { 'what.action': '={{ $json.nothing.at.all }}' })).toContain('missing what.action');
});

test('a name of the prototype is left to n8n to refuse', async () => {
	expect(await submit({}, { 'what.action': '={{ $json.nested.hasOwnProperty }}' })).toContain('this is a function');
	expect(posts(m3ter)).toHaveLength(0);
});

test('the pace of requests can be chosen', async () => {
	const items = Array.from({ length: 3_000 }, (_value, index) => ({ ...usage, id: `u${index}` }));
	const fields = { mappingMode: 'defineBelow', value: { 'where.region': 'eu', 'what.action': 'send', 'measure.requests': 1 }, matchingColumns: [], schema: [] };
	const parameters = { operation: 'submit', input: 'fields', meter: { __rl: true, mode: 'code', value: 'api_requests' }, accountSource: 'code', account: { __rl: true, mode: 'code', value: 'globex' }, timestamp: '2026-05-02', fields, uniqueId: 'value', uniqueIdValue: '={{ $json.id }}', options: { requestsPerSecond: 1, output: 'summary' } };
	const { json } = await runNode({ node, credentials: credentialsFor(m3ter), items, parameters });
	const [first, , third] = posts(m3ter).map(({ at }) => at);

	expect(json[0]).toMatchObject({ accepted: 3_000 });
	// Two seconds lie between their starts; requests may take different times to arrive.
	expect(third - first).toBeGreaterThan(1_000);
});

test('the columns of a file are asked for by name, at first that of the data field', async () => {
	const { fields } = await resourceMapping({ node, credentials: credentialsFor(m3ter), method: 'getMeterColumns', parameters: { operation: 'submitFile', meter: { __rl: true, mode: 'code', value: 'api_requests' } } });

	expect(fields.map(({ id, type, defaultValue }) => ({ id, type, defaultValue }))).toEqual([
		{ id: 'where.region', type: 'string', defaultValue: 'region' },
		{ id: 'what.action', type: 'string', defaultValue: 'action' },
		{ id: 'measure.requests', type: 'string', defaultValue: 'requests' },
	]);
});
