import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import { forget, isRecent, once, remember, takeUnseen } from '../../nodes/n8n/recentIds';

let nodes = 0;

/** A trigger's webhook call. Static data lasts from call to call only where a test hands it on, as in n8n. */
const call = (node = `node-${++nodes}`) => {
	const staticData: IDataObject = {};
	const context = (data = staticData) =>
		({
			getWorkflow: () => ({ id: 'w', active: true }),
			getNode: () => ({ id: node }),
			getNodeWebhookUrl: () => 'https://n8n.example/webhook/1',
			getWorkflowStaticData: () => data,
		}) as unknown as IWebhookFunctions;
	return { context, staticData };
};

describe('recent deliveries', () => {
	test('are known by static data after a restart, and by the process when n8n did not save the static data', () => {
		const { context, staticData } = call();
		remember(context(), ['a']);
		expect(isRecent(context({}), ['a'])).toBe(true);
		expect(isRecent(call().context(staticData), ['a'])).toBe(true);
		expect(isRecent(call().context(), ['a'])).toBe(false);
	});

	test('the newest thousand are remembered', () => {
		const { context, staticData } = call();
		for (let index = 0; index < 1_001; index++) remember(context(), [String(index)]);
		expect(staticData.recentIds).toHaveLength(1_000);
		expect(isRecent(context(), ['0'])).toBe(false);
		expect(isRecent(context(), ['unknown', '1000'])).toBe(true);
	});

	test('a new list each time: n8n sees a change only in what is assigned', () => {
		const { context, staticData } = call();
		remember(context(), ['a']);
		const before = staticData.recentIds;
		remember(context(), ['b']);
		expect(staticData.recentIds).toEqual(['a', 'b']);
		expect(before).toEqual(['a']);
	});

	test('two deliveries at the same moment run once; one that failed runs again', async () => {
		const { context } = call();
		const work = jest.fn(async () => 'done');
		expect(await Promise.all([once(context(), 'a', work), once(context({}), 'a', work)])).toEqual(['done', undefined]);
		expect(work).toHaveBeenCalledTimes(1);
		const failing = jest.fn(async () => await Promise.reject(new Error('down')));
		await expect(once(context(), 'b', failing)).rejects.toThrow('down');
		expect(await once(context(), 'b', work)).toBe('done');
	});

	test('ids of one delivery are taken apart', () => {
		const { context } = call();
		expect(takeUnseen(context(), ['a', 'b', 'a'])).toEqual(['a', 'b']);
		expect(takeUnseen(context(), ['b', 'c'])).toEqual(['c']);
		forget(context(), ['b']);
		expect(takeUnseen(context(), ['a', 'b', 'c'])).toEqual(['b']);
	});
});
