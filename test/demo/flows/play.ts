import { type Execution, errorOf, itemsOf } from '../../host/execution';
import { type Sandboxes, SYSTEMS } from '../systems';
import type { Imported, World } from '../world';

const systemNames = Object.keys(SYSTEMS) as Array<keyof Sandboxes>;

/** The workflow of the world that came from `template`. */
export function workflowOf(world: World, template: string): Imported {
	const workflow = world.workflows.get(template);
	if (!workflow) throw new Error(`templates/${template} was not imported`);
	return workflow;
}

/**
 * Does something outside n8n that a workflow reacts to, and waits until the sandboxes have delivered all their webhooks and
 * n8n has ended all the runs they caused. Returns those runs, oldest first.
 */
export async function play(world: World, template: string, act: () => unknown): Promise<Execution[]> {
	const { id } = workflowOf(world, template);
	const known = new Set((await world.client.executions(id)).map((run) => run.id));
	await act();
	await Promise.all([world.m3ter, ...systemNames.map((name) => world[name])].map(async (sandbox) => await sandbox.settled()));
	return await world.client.waitForExecutions(id, known);
}

/** All items of a run, of whatever node, that have every one of these fields. */
export function itemsWith(run: Execution, ...fields: string[]): Array<Record<string, unknown>> {
	const nodes = Object.keys(run.data?.resultData.runData ?? {});
	return nodes.flatMap((node) => itemsOf(run, node)).filter((item) => fields.every((field) => field in item));
}

/** @throws Error with the first thing that went wrong in the runs, in the words the editor shows */
export function refuseErrors(runs: Execution[]): void {
	for (const run of runs) {
		const [item] = itemsWith(run, 'error');
		const problem = errorOf(run) ?? (item && JSON.stringify(item));
		if (problem || run.status !== 'success') throw new Error(`Run ${run.id} ended as ${run.status}: ${problem ?? 'no reason given'}`);
	}
}
