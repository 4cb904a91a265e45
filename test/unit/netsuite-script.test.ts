/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { createHmac, type Hmac } from 'crypto';
import { readFileSync } from 'fs';
import { resolve } from 'path';
import { runInNewContext } from 'vm';

import { scriptEventSchema } from '../../nodes/NetSuite/schemas';
import { checkScriptSignature } from '../../nodes/NetSuite/signature';

/** The shipped SuiteScript, run with stand-ins for NetSuite's modules. */
const source = readFileSync(resolve(__dirname, '../../templates/netsuite/m3ter_sales_events.js'), 'utf8');
const SECRET = ['api', 'secret', 'of', 'the', 'account'].join('-');
const URL = 'https://n8n.example.com/webhook/1/netsuite';

interface Sent {
	url: string;
	headers: Record<string, string>;
	body: string;
}

interface Saved {
	type: string;
	id: string;
	values?: Record<string, unknown>;
}

const recordOf = ({ type, id, values = {} }: Saved) => ({ type, id, getValue: ({ fieldId }: { fieldId: string }) => values[fieldId] ?? '' });

/** Runs `afterSubmit` once. */
function run(type: string, saved: Saved, options: { before?: Saved; parameters?: Record<string, unknown>; context?: string; code?: number; throws?: Error } = {}) {
	const sent: Sent[] = [];
	const noted: Array<{ values: Record<string, string> }> = [];
	const errors: string[] = [];
	const parameters: Record<string, unknown> = { custscript_m3ter_url: URL, ...options.parameters };
	const ContextType = { USER_EVENT: 'USEREVENT', REST_WEBSERVICES: 'RESTWEBSERVICES', USER_INTERFACE: 'USERINTERFACE' };
	const modules: Record<string, unknown> = {
		'N/encode': { Encoding: { UTF_8: 'utf8', HEX: 'hex' } },
		'N/crypto': {
			HashAlg: { SHA256: 'sha256' },
			createSecretKey: ({ secret }: { secret: string }) => (secret === 'custsecret_m3ter' ? SECRET : secret),
			createHmac: ({ algorithm, key }: { algorithm: string; key: string }) => {
				const hmac: Hmac = createHmac(algorithm, key);
				// NetSuite gives hex digits in capitals.
				return { update: ({ input }: { input: string }) => hmac.update(input, 'utf8'), digest: () => hmac.digest('hex').toUpperCase() };
			},
		},
		'N/https': {
			post: (request: Sent) => {
				if (options.throws) throw options.throws;
				sent.push(request);
				return { code: options.code ?? 200 };
			},
		},
		'N/log': { error: ({ title }: { title: string }) => errors.push(title) },
		'N/record': { submitFields: (change: { values: Record<string, string> }) => noted.push(change) },
		'N/runtime': {
			accountId: '1234567_SB1',
			ContextType,
			executionContext: options.context ?? ContextType.USER_INTERFACE,
			getCurrentScript: () => ({ getParameter: ({ name }: { name: string }) => parameters[name] ?? null }),
		},
	};
	let entry: { afterSubmit(context: object): void } | undefined;
	runInNewContext(source, {
		define: (names: string[], factory: (...args: unknown[]) => typeof entry) => {
			entry = factory(...names.map((name) => modules[name]));
		},
	});
	entry?.afterSubmit({ type, newRecord: recordOf(saved), oldRecord: options.before && recordOf(options.before) });
	return { sent, noted, errors, events: sent.map(({ body }) => scriptEventSchema.parse(JSON.parse(body))) };
}

const order = (values: object = {}): Saved => ({ type: 'salesorder', id: '4521', values: { entity: 887, orderstatus: 'A', ...values } });

test('posts ids only, signed as the trigger checks it', () => {
	const { sent, events, errors } = run('create', order());
	expect(errors).toEqual([]);
	expect(events).toEqual([
		{ eventId: expect.stringMatching(/^salesorder-4521-create-\d+$/), eventType: 'salesorder.create', accountId: '1234567_SB1', recordType: 'salesorder', recordId: '4521', entityId: '887', occurredAt: expect.any(String) },
	]);
	const [{ url, headers, body }] = sent;
	expect(url).toBe(URL);
	expect(checkScriptSignature(headers['X-M3ter-NS-Timestamp'], headers['X-M3ter-NS-Signature'], Buffer.from(body), SECRET, Date.now() / 1000)).toBe('valid');
});

test.each([
	['create', order(), undefined, 'salesorder.create'],
	['copy', order(), undefined, 'salesorder.create'],
	['edit', order(), order(), 'salesorder.edit'],
	['xedit', { type: 'customer', id: '887' }, undefined, 'customer.edit'],
	['edit', order({ orderstatus: 'B' }), order(), 'salesorder.approve'],
	['edit', order({ orderstatus: 'H' }), order(), 'salesorder.edit'],
	['edit', order({ orderstatus: 'B' }), order({ orderstatus: 'B' }), 'salesorder.edit'],
	['approve', order({ orderstatus: 'B' }), undefined, 'salesorder.approve'],
	['create', { type: 'estimate', id: '7', values: { entity: 887 } }, undefined, 'estimate.create'],
	['delete', order(), undefined, 'salesorder.delete'],
] as Array<[string, Saved, Saved | undefined, string]>)('%s of %j', (type, saved, before, expected) => {
	expect(run(type, saved, { before }).events.map(({ eventType }) => eventType)).toEqual([expected]);
});

test.each([
	['other operations', 'pack', order(), {}],
	['changes by scripts', 'edit', order(), { context: 'USEREVENT' }],
	['changes through REST', 'create', order(), { context: 'RESTWEBSERVICES' }],
	["m3ter's own bills", 'create', order({ externalid: 'm3ter_bill-1' }), {}],
	['anything without a URL', 'create', order(), { parameters: { custscript_m3ter_url: '' } }],
] as Array<[string, string, Saved, object]>)('says nothing about %s', (_name, type, saved, options) => {
	expect(run(type, saved, options)).toMatchObject({ sent: [], errors: [] });
});

test('reports changes through REST when the parameter says so, and takes another secret', () => {
	const { sent } = run('create', order(), { context: 'RESTWEBSERVICES', parameters: { custscript_m3ter_report_rest: true, custscript_m3ter_secret: 'another' } });
	const [{ headers, body }] = sent;
	expect(checkScriptSignature(headers['X-M3ter-NS-Timestamp'], headers['X-M3ter-NS-Signature'], Buffer.from(body), 'another', Date.now() / 1000)).toBe('valid');
});

test.each([
	['an answer that is no success', { code: 500 }],
	['no answer', { throws: new Error('time-out') }],
])('%s never disturbs the save, and marks the record as pending', (_name, trouble) => {
	const parameters = { custscript_m3ter_pending_field: 'custbody_m3ter_sync' };
	const { errors, noted } = run('create', order(), { ...trouble, parameters });
	expect(errors).toEqual(['m3ter: salesorder 4521 was not reported']);
	expect(noted).toMatchObject([{ values: { custbody_m3ter_sync: 'pending' } }]);
	expect(run('create', order(), trouble).noted).toEqual([]);
	expect(run('edit', order({ custbody_m3ter_sync: 'pending' }), { parameters }).noted).toMatchObject([{ values: { custbody_m3ter_sync: '' } }]);
	expect(run('edit', order(), { parameters }).noted).toEqual([]);
});
