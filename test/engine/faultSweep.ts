import type { Fault, SandboxServer } from '../sandbox/kit/http';

/** Everything a flow touches, made anew for every case. */
export interface SweepWorld {
	servers: SandboxServer[];
	/** Runs the flow once; may fail. */
	act(): Promise<unknown>;
	/** What counts in the end, without ids and times of this very run. */
	outcome(): unknown;
	close(): Promise<void>;
}

/**
 * The ways a call goes wrong. All but the throttling last until the run gives up: then the run is repeated without fault,
 * as after a crash or by a person.
 */
const WAYS: Record<string, (call: number) => Fault[]> = {
	'connection refused from here on': (call) => [{ kind: 'refuse', after: call, times: Infinity }],
	'applied, then the answer and all others lost': (call) => [
		{ kind: 'lost', after: call, times: 1 },
		{ kind: 'refuse', after: call + 1, times: Infinity },
	],
	'server errors from here on': (call) => [{ kind: 'status', status: 500, after: call, times: Infinity }],
	'throttled once': (call) => [{ kind: 'status', status: 429, headers: { 'Retry-After': '0' }, after: call, times: 1 }],
};

export interface SweepReport {
	/** Calls of the clean run, per server. */
	calls: Record<string, number>;
	cases: number;
	/** Cases whose end differs from the clean run's. */
	different: Array<{ where: string; expected: unknown; actual: unknown }>;
}

/** Fails every call of a flow in turn, in each way, repeats the flow, and compares the end with that of a clean run. */
export async function faultSweep(makeWorld: () => Promise<SweepWorld>): Promise<SweepReport> {
	const clean = await makeWorld();
	clean.servers.forEach((server) => (server.requests.length = 0));
	await clean.act();
	const expected = clean.outcome();
	const calls = Object.fromEntries(clean.servers.map((server) => [server.name, server.requests.length]));
	await clean.close();

	const report: SweepReport = { calls, cases: 0, different: [] };
	for (const [name, count] of Object.entries(calls)) {
		for (let call = 0; call < count; call++) {
			for (const [way, faults] of Object.entries(WAYS)) {
				const world = await makeWorld();
				const server = world.servers.find((candidate) => candidate.name === name);
				faults(call).forEach((fault) => server?.addFault(fault));
				await world.act().catch(() => undefined);
				server?.clearFaults();
				await world.act();
				report.cases++;
				const actual = world.outcome();
				if (JSON.stringify(actual) !== JSON.stringify(expected)) report.different.push({ where: `${name} call ${call + 1}: ${way}`, expected, actual });
				await world.close();
			}
		}
	}
	return report;
}
