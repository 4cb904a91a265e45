/* eslint-disable @n8n/community-nodes/require-node-api-error -- test code, never shipped */
import { type CredentialEntry, type N8nHost, bootN8n, type WorkflowFile } from '../host/boot';
import { N8nClient } from '../host/client';
import { isPortFree } from '../host/process';
import { type M3terSandbox, startM3terSandbox } from '../sandbox/m3ter';
import { m3terCredential, type Sandboxes, SYSTEMS, usageCredential } from './systems';
import { type NodeFacts, builtNodes, readTemplate, templateFiles, withCredentials, withSettings } from './templates';

/** A workflow of the world: the template it came from and what n8n made of it. */
export interface Imported {
	template: string;
	id: string;
	file: WorkflowFile;
	url: string;
}

/** The sandboxes, and a real n8n with the packed package, credentials for all of them, and the templates, live. */
interface Base {
	host: N8nHost;
	client: N8nClient;
	m3ter: M3terSandbox;
	credentials: CredentialEntry[];
	nodes: Map<string, NodeFacts>;
	workflows: Map<string, Imported>;
	close(): Promise<void>;
}

/** Everything above, and each system's sandbox under the system's name. */
export type World = Base & Sandboxes;

export interface WorldOptions {
	tarball: string;
	/** Where the editor listens; default any free port. */
	port?: number;
	/** The template folders to import and activate, e.g. `['stripe']`; default none. */
	systems?: string[];
	onProgress?: (line: string) => void;
}

/** The sandbox's own port when it is free, so that its address stays the same from start to start; else any. */
async function preferredPort(port: number, fixed: boolean): Promise<number> {
	return fixed && (await isPortFree(port)) ? port : 0;
}

/** The path of each production webhook that `file` opens through one of our triggers or n8n's own Webhook node. */
export function webhookPaths(file: WorkflowFile, nodes: Map<string, NodeFacts>): string[] {
	return file.nodes.flatMap((node) => {
		if (node.type === 'n8n-nodes-base.webhook') return [String(node.parameters.path)];
		const path = nodes.get(node.type)?.webhookPath;
		return path && node.webhookId ? [`${node.webhookId}/${path}`] : [];
	});
}

/** What the system of a template has its user fill in. */
function settingsOf(sandboxes: Sandboxes, template: string): Record<string, Record<string, unknown>> {
	const key = template.split('/')[0] as keyof Sandboxes;
	const { settings } = (SYSTEMS[key] ?? {}) as { settings?: (sandbox: unknown) => Record<string, Record<string, unknown>> };
	return settings?.(sandboxes[key]) ?? {};
}

/** Imports a template with the sandbox credentials chosen, as a user does it in the editor. */
export async function importTemplate(world: Omit<World, 'close' | 'workflows'>, template: string): Promise<Imported> {
	const file = withSettings(withCredentials(readTemplate(template), world.credentials, world.nodes), settingsOf(world, template));
	const id = await world.client.importWorkflow(file);
	return { template, id, file, url: `${world.host.url}/workflow/${id}` };
}

/** Opens a world; `close` ends all of it. */
export async function openWorld({ tarball, port, systems = [], onProgress = () => {} }: WorldOptions): Promise<World> {
	const closers: Array<() => Promise<void>> = [];
	const close = async () => {
		for (const end of closers.splice(0).reverse()) await end();
	};
	try {
		return { ...(await fill({ tarball, port, systems, onProgress }, closers)), close };
	} catch (error) {
		await close();
		throw error;
	}
}

async function startSandboxes(fixed: boolean, closers: Array<() => Promise<void>>): Promise<Sandboxes> {
	const started: Partial<Record<string, unknown>> = {};
	for (const [key, { port, start }] of Object.entries(SYSTEMS)) {
		const sandbox = await start(await preferredPort(port, fixed));
		closers.push(async () => await sandbox.close());
		started[key] = sandbox;
	}
	return started as Sandboxes;
}

const credentialsOf = (sandboxes: Sandboxes) =>
	Object.entries(SYSTEMS).flatMap(([key, { credentials }]) => (credentials as (sandbox: unknown) => Array<Omit<CredentialEntry, 'id'>>)(sandboxes[key as keyof Sandboxes]));

async function fill(options: Required<Omit<WorldOptions, 'port'>> & { port?: number }, closers: Array<() => Promise<void>>): Promise<Omit<World, 'close'>> {
	const { tarball, port, systems, onProgress } = options;
	const fixed = port !== undefined;
	onProgress(`Starting the sandboxes: m3ter, ${Object.values(SYSTEMS).map(({ name }) => name).join(', ')}.`);
	const m3ter = await startM3terSandbox({ port: await preferredPort(4010, fixed) });
	closers.push(async () => await m3ter.close());
	m3ter.seed();
	const sandboxes = await startSandboxes(fixed, closers);

	const host = await bootN8n({ tarball, port, onProgress });
	closers.push(async () => await host.stop());
	const client = await new N8nClient(host.url).signIn();
	const credentials: CredentialEntry[] = [];
	for (const credential of [m3terCredential(m3ter), usageCredential, ...credentialsOf(sandboxes)]) credentials.push(await client.createCredential(credential));

	const base = { host, client, m3ter, ...sandboxes, credentials, nodes: builtNodes() };
	const workflows = new Map<string, Imported>();
	for (const template of systems.flatMap((system) => templateFiles(system))) {
		onProgress(`Importing and activating templates/${template}.`);
		const workflow = await importTemplate(base, template);
		await client.activate(workflow.id);
		workflows.set(template, workflow);
	}
	return { ...base, workflows };
}
