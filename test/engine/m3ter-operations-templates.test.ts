import type { INodeParameters } from 'n8n-workflow';

import { M3terBill } from '../../nodes/M3ter/Bill/M3terBill.node';
import { M3terSubmitUsage } from '../../nodes/M3ter/SubmitUsage/M3terSubmitUsage.node';
import { readTemplate } from '../demo/templates';
import { Evaluate } from './evaluate';
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
	const usage = { uid: 'u1', meter: 'api_requests', account: 'globex', ts: new Date().toISOString(), where: { region: 'eu' }, what: { action: 'send' }, measure: { requests: 5 } };

	/** The source of the usage sends it, past the checks of our own node. */
	async function send(measurement: object): Promise<void> {
		await m3terCall(world.m3ter, 'POST', '/measurements', { measurements: [measurement] });
		await world.m3ter.settled();
	}

	const submitUsage = async (name: string, items?: object[]) =>
		await runNode({ node: new M3terSubmitUsage(), credentials: world.credentials, parameters: parametersOf(file, name), items: items?.map((item) => ({ ...item })) });
	const evaluate = async (name: string, items: object[]) => await runNode({ node: new Evaluate(), parameters: parametersOf(file, name), items: items.map((item) => ({ ...item })) });

	/** Runs the workflow node by node, with a correction after the template's own. Returns how many measurements it submitted. */
	async function resubmit(correction: object = {}): Promise<number> {
		const { json: failures } = await submitUsage('Ingest Failures');
		const { json: verdicts } = await evaluate('Not Counted Yet', failures);
		const kept = failures.filter((_failure, index) => verdicts[index].keep);
		if (kept.length === 0) return 0;
		const { json: corrected } = await evaluate('Correct', kept);
		const { error } = await submitUsage('Submit Again', corrected.map(({ output }) => ({ ...(output as object), ...correction })));
		expect(error).toBeUndefined();
		await world.m3ter.settled();
		return kept.length;
	}

	beforeEach(async () => {
		await addAccount('globex');
	});

	test('finds what m3ter could not use and submits its correction once, under the ID it had', async () => {
		await send({ ...usage, meter: 'api_request' });
		expect(world.m3ter.ingested()).toEqual([]);

		for (let run = 0; run < 2; run++) await resubmit({ meter: 'api_requests' });

		expect(world.m3ter.ingested()).toMatchObject([usage]);
	});

	test('counts a record once that its source has sent again meanwhile', async () => {
		const late = { ...usage, meter: 'late' };
		await send(late);
		const [{ productId, dataFields }] = [...world.m3ter.state.meters.values()].filter(({ code }) => code === usage.meter);
		await m3terCall(world.m3ter, 'POST', '/meters', { productId, name: 'Late', code: 'late', dataFields, derivedFields: [] });
		await send(late);

		expect(await resubmit()).toBe(1);

		expect(world.m3ter.ingested()).toMatchObject([late]);
	});

	test('leaves out what m3ter has counted already', async () => {
		await send(usage);
		await send({ ...usage, measure: { requests: 6 } });

		expect(await resubmit()).toBe(0);

		expect(world.m3ter.ingested()).toMatchObject([usage]);
	});
});
