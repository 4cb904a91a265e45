import { importTemplate, openWorld, type World } from '../demo/world';
import { builtNodes, manifest, readTemplate, templateFiles } from '../demo/templates';
import { tarball } from './tarball';

const files = templateFiles();
/** Templates whose notes send people to the *Retry* button. */
const retried = files.filter((file) => JSON.stringify(readTemplate(file)).includes('*Retry*'));
/** Templates that start by hand only; n8n activates no others. */
const byHand = files.filter((file) => readTemplate(file).nodes.some(({ type }) => type === 'n8n-nodes-base.manualTrigger'));
/** What looks like a key, a token or a person's address in a shipped file. */
const SECRET = /\b(sk|rk|pk|whsec)_[A-Za-z0-9]|Bearer\s+[\w-]{8}|[\w.]+@(?!example\.)[\w-]+\.[a-z]{2,}/;

describe.each(files)('templates/%s as a file', (file) => {
	const workflow = readTemplate(file);
	const notes = workflow.nodes.filter((node) => node.type === 'n8n-nodes-base.stickyNote');

	it('carries no credential, no pinned data, no secret and no trace of an instance', () => {
		expect(workflow.nodes.filter((node) => node.credentials !== undefined)).toEqual([]);
		expect(workflow.pinData ?? {}).toEqual({});
		expect(JSON.stringify(workflow)).not.toMatch(SECRET);
		const traces = ['id', 'versionId', 'shared', 'staticData', 'createdAt', 'updatedAt', 'active'];
		expect(traces.filter((field) => field in workflow && workflow[field] !== false)).toEqual([]);
	});

	it('explains itself: one yellow note for the whole, and a name of its own for every node', () => {
		expect(notes.filter((note) => note.parameters.color === 1 || note.parameters.color === undefined)).toHaveLength(1);
		expect(notes.length).toBeGreaterThan(1);
		const names = workflow.nodes.map((node) => node.name);
		expect(new Set(names).size).toBe(names.length);
		expect(workflow.name).toMatch(/^[A-Z0-9]/);
	});

	it('names our nodes as an installed package does, in a pinned version, and a fixed webhook id for each trigger', () => {
		const ours = workflow.nodes.filter((node) => !node.type.startsWith('n8n-nodes-base.'));
		expect(ours.length).toBeGreaterThan(0);
		for (const node of ours) {
			expect(node.type.startsWith(`${manifest.name}.`)).toBe(true);
			expect(builtNodes().has(node.type)).toBe(true);
			expect(typeof node.typeVersion).toBe('number');
			if (builtNodes().get(node.type)?.webhookPath) expect(node.webhookId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
		}
	});

	it('connects every node that is not a note, and uses nothing that hosted n8n forbids', () => {
		const connected = new Set([...Object.keys(workflow.connections), ...targets(workflow.connections)]);
		const loose = workflow.nodes.filter((node) => !notes.includes(node) && !connected.has(node.name));
		expect(loose.map((node) => node.name)).toEqual([]);
		expect(JSON.stringify(workflow)).not.toMatch(/\$env|\$getPairedItem|executeCommand/);
	});
});

it.each(files.filter((file) => file.includes('/2-usage')))('templates/%s leaves numbers to the node that submits them: Number() would make a blank one zero', (file) => {
	const { nodes } = readTemplate(file);
	expect(JSON.stringify(nodes)).not.toMatch(/\bNumber\(/);
	expect(nodes.flatMap(({ parameters }) => JSON.stringify(parameters).match(/"measure\.requests":"[^"]*"/) ?? [])).toEqual(['"measure.requests":"={{ $json.requests }}"']);
});

describe.each(retried)('templates/%s when its run is retried', (file) => {
	const { nodes } = readTemplate(file);

	it('fails at the node that could not do its work, which is where n8n goes on', () => {
		expect(nodes.filter(({ type }) => type === 'n8n-nodes-base.stopAndError')).toEqual([]);
		expect(nodes.filter((node) => 'onError' in node && node.onError === 'continueErrorOutput')).toEqual([]);
	});

	it('means the same time as the first run', () => {
		const parameters = nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote').map((node) => node.parameters);
		expect(JSON.stringify(parameters)).not.toMatch(/\$(now|today)\b/);
	});
});

/** Names of all nodes that a connection leads to. */
function targets(connections: Record<string, unknown>): string[] {
	const names: string[] = [];
	JSON.stringify(connections, (key, value: unknown) => {
		if (key === 'node' && typeof value === 'string') names.push(value);
		return value;
	});
	return names;
}

describe('templates in the real n8n', () => {
	let world: World;

	beforeAll(async () => {
		world = await openWorld({ tarball: tarball() });
	});
	afterAll(async () => await world?.close());

	it('are there', () => {
		expect(files.length).toBeGreaterThanOrEqual(3);
	});

	it.each(files)('%s imports untouched', async (file) => {
		const template = readTemplate(file);
		const id = await world.client.importWorkflow(template);
		const stored = await world.client.workflow(id);
		expect(stored.name).toBe(template.name);
		expect(stored.nodes).toEqual(template.nodes);
		expect(stored.connections).toEqual(template.connections);
	});

	it.each(byHand)('%s runs by hand once its credentials are chosen', async (file) => {
		const { id, file: workflow } = await importTemplate(world, file);
		const trigger = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.manualTrigger');
		expect((await world.client.run(id, trigger?.name ?? '')).status).toBe('success');
	});

	it.each(files.filter((file) => !byHand.includes(file)))('%s goes live once its credentials are chosen, and off again', async (file) => {
		const workflow = await importTemplate(world, file);
		await world.client.activate(workflow.id);
		await world.client.deactivate(workflow.id);
	});
});
