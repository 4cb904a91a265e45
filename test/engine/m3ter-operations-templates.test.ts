import type { INodeParameters } from 'n8n-workflow';

import { M3terBill } from '../../nodes/M3ter/Bill/M3terBill.node';
import { M3terSubmitUsage } from '../../nodes/M3ter/SubmitUsage/M3terSubmitUsage.node';
import { readTemplate } from '../demo/templates';
import { runNode } from './harness';
import { addAccount, useM3ter, world } from './m3ter-bill-setup';
import { m3terCall } from './world';

/** The templates' own node settings, run against the sandbox. */

useM3ter();

const parametersOf = (file: string, name: string): INodeParameters => {
	const node = readTemplate(`operations/${file}.json`).nodes.find((candidate) => candidate.name === name);
	return { ...node?.parameters } as INodeParameters;
};

test.each([
	['poll-approved-bills', 'Bills Approved in the Last Day', true],
	['reconcile-stripe', 'Bills Approved in 31 Days', false],
	['dead-letter', 'Bills Approved in the Last Week', false],
])('%s reads the bills that were approved lately', async (file, name, whole) => {
	await addAccount('globex');
	const bills = [1, 2].map((amount) => world.m3ter.createBill({ accountCode: 'globex', lines: [{ amount }] }));
	world.m3ter.approveBill(bills[1].id);
	const { json, error } = await runNode({ node: new M3terBill(), credentials: world.credentials, parameters: parametersOf(file, name) });

	expect(error).toBeUndefined();
	expect(json).toEqual([expect.objectContaining({ id: bills[1].id, billTotal: 2 })]);
	expect('lineItems' in json[0]).toBe(whole);
	expect('account' in json[0]).toBe(whole);
});

describe('resubmit-ingest-failures', () => {
	const file = 'resubmit-ingest-failures';
	const submit = async (measurement: object) =>
		await runNode({ node: new M3terSubmitUsage(), credentials: world.credentials, parameters: parametersOf(file, 'Submit Again'), items: [{ ...measurement }] });

	test('finds what m3ter could not use and submits its correction once', async () => {
		await addAccount('globex');
		const measurement = { uid: 'from-another-client', meter: 'api_request', account: 'globex', ts: new Date().toISOString(), where: { region: 'eu' }, what: { action: 'send' }, measure: { requests: 5 } };
		await m3terCall(world.m3ter, 'POST', '/measurements', { measurements: [measurement] });
		await world.m3ter.settled();
		expect(world.m3ter.ingested()).toEqual([]);

		const { json } = await runNode({ node: new M3terSubmitUsage(), credentials: world.credentials, parameters: parametersOf(file, 'Ingest Failures') });
		expect(json).toEqual([expect.objectContaining({ measurement: expect.objectContaining({ meter: 'api_request' }) })]);
		const failed = json[0].measurement as object;
		for (let run = 0; run < 2; run++) await submit({ ...failed, uid: undefined, meter: 'api_requests' });
		await world.m3ter.settled();
		expect(world.m3ter.ingested()).toHaveLength(1);
	});
});
