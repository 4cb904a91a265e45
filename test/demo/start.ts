/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- test code, never shipped */
/**
 * `npm start`: the sandboxes and a real n8n with this package in it, the flows of every template run once, the editor left open.
 * `npm run demo` does the same and exits. `-- --port 5700` chooses the editor's port.
 */
import { parseArgs } from 'node:util';
import { OWNER } from '../host/client';
import { HostError, ensureN8n } from '../host/install';
import { packPackage } from '../host/pack';
import { isPortFree } from '../host/process';
import { FLOWS } from './flows';
import { type Sandboxes, SYSTEMS } from './systems';
import { formatRows } from './table';
import { type World, openWorld } from './world';

const DEFAULT_PORT = 5678;

async function playFlows(world: World, staysOpen: boolean): Promise<void> {
	for (const flow of FLOWS) {
		console.log(`\n${flow.systemName}: ${flow.name}   (templates/${flow.template})`);
		const rows = await flow.run(world);
		console.log(formatRows(['', flow.systemName, 'm3ter'], rows));
		if (staysOpen) console.log(`  in the editor: ${world.workflows.get(flow.template)?.url}`);
	}
}

function printAddresses(world: World): void {
	console.log(`
The editor is open at ${world.host.url}
  login     ${OWNER.email}
  password  ${OWNER.password}
The sandboxes (all data lives in memory and is gone at the end):
  m3ter     ${world.m3ter.url}/_sandbox/state
${Object.entries(SYSTEMS)
	.map(([key, { name }]) => `  ${name.padEnd(9)} ${world[key as keyof Sandboxes].url}/_sandbox/state`)
	.join('\n')}
Ctrl-C ends everything.`);
}

async function checkPort(port: number): Promise<void> {
	if (await isPortFree(port)) return;
	throw new HostError(`Port ${port} is taken, by another n8n perhaps: end it, or choose another port with "npm start -- --port 5700".`);
}

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { once: { type: 'boolean', default: false }, port: { type: 'string' } } });
	const port = values.once && !values.port ? undefined : Number(values.port ?? DEFAULT_PORT);
	if (port !== undefined && !(port > 0 && port < 65_536)) throw new HostError(`"${values.port}" is not a port: give a number from 1 to 65535.`);
	if (port !== undefined) await checkPort(port);
	const onProgress = (line: string) => console.log(line);
	const { tarball } = await packPackage(onProgress);
	await ensureN8n({ onProgress });
	const systems = [...new Set(FLOWS.map((flow) => flow.system))];
	const world = await openWorld({ tarball, port, systems, onProgress });
	await playFlows(world, !values.once);
	if (values.once) {
		await world.close();
		process.exit();
	}
	printAddresses(world);
}

// n8n and its temporary folder end with this process, so leaving is all there is to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(0));
main().catch((error: unknown) => {
	console.error(`\n${error instanceof HostError ? error.message : error instanceof Error ? error.stack : String(error)}`);
	process.exit(1);
});
