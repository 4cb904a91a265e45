/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { bootN8n, type N8nHost } from '../host/boot';
import { N8nClient } from '../host/client';
import { builtCredentials, builtNodes, manifest } from '../demo/templates';
import { tarball } from './tarball';

const selectorSchema = z.object({ options: z.array(z.object({ value: z.string() })), displayOptions: z.object({ show: z.object({ resource: z.array(z.string()).optional() }).optional() }).optional() });

describe('the packed package', () => {
	it('contains what users need and nothing else', async () => {
		const { stdout } = await promisify(execFile)('tar', ['-tzf', tarball()]);
		const files = stdout.trim().split('\n').map((file) => file.replace(/^package\//, ''));
		const allowed = /^(dist\/.+\.(js|d\.ts|json|svg)|templates\/.+|docs\/.+|package\.json|README\.md|LICENSE)$/;
		expect(files.filter((file) => !allowed.test(file))).toEqual([]);
		expect(files.filter((file) => /test|\.map$|package-lock/.test(file))).toEqual([]);
		expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']));
		expect(files).toEqual(expect.arrayContaining([...manifest.n8n.nodes, ...manifest.n8n.credentials]));
	});

	it('installs without any further package', () => {
		const { dependencies, optionalDependencies, peerDependencies } = manifest as unknown as Record<string, unknown>;
		expect(dependencies ?? {}).toEqual({});
		expect(optionalDependencies).toBeUndefined();
		expect(peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});
});

describe('in the real n8n', () => {
	let host: N8nHost;
	let client: N8nClient;

	beforeAll(async () => {
		host = await bootN8n({ tarball: tarball() });
		client = await new N8nClient(host.url).signIn();
	});
	afterAll(async () => await host?.stop());

	it('offers every node with its credentials, and the action nodes as tools for agents', async () => {
		const seen = new Map((await client.nodeTypes()).map((type) => [type.name, type]));
		const nodes = [...builtNodes().values()];
		expect(nodes.length).toBeGreaterThan(0);
		for (const node of nodes) {
			const type = seen.get(node.type);
			expect(type).toBeDefined();
			expect((type?.credentials ?? []).map(({ name }) => name)).toEqual(node.credentials);
			expect(seen.has(`${node.type}Tool`)).toBe(!node.type.endsWith('Trigger'));
		}
	});

	it('offers every credential type', async () => {
		expect(builtCredentials().length).toBeGreaterThan(0);
		expect(await client.credentialTypes()).toEqual(expect.arrayContaining(builtCredentials()));
	});

	it('serves the icons of every node, light and dark', async () => {
		const ours = (await client.nodeTypes()).filter((type) => builtNodes().has(type.name));
		const icons = ours.flatMap(({ iconUrl }) => (typeof iconUrl === 'object' && iconUrl ? [iconUrl.light, iconUrl.dark] : [iconUrl]));
		for (const icon of new Set(icons)) {
			const response = await fetch(`${host.url}/${icon}`);
			expect([icon, response.status, response.headers.get('content-type')]).toEqual([icon, 200, expect.stringContaining('svg')]);
		}
	});

	it('shows the output of every operation and trigger before it ever ran', async () => {
		const ours = (await client.nodeTypes()).filter((type) => builtNodes().has(type.name));
		const missing: string[] = [];
		for (const { name, properties } of ours) {
			const selectors = properties.flatMap((property) => (property.name === 'operation' ? [selectorSchema.parse(property)] : []));
			const operations = selectors.flatMap(({ options, displayOptions }) => options.filter(({ value }) => value !== '__CUSTOM_API_CALL__').map(({ value }) => [...(displayOptions?.show?.resource ?? []), value].join('/')));
			for (const place of selectors.length === 0 ? [''] : operations.map((operation) => `/${operation}`)) {
				const response = await fetch(`${host.url}/schemas/${name}/1${place}.json`);
				const schema = response.ok ? ((await response.json()) as { properties?: object }) : {};
				if (Object.keys(schema.properties ?? {}).length === 0) missing.push(name + place);
			}
		}
		expect(missing).toEqual([]);
	});

	it('starts without a complaint about the package', () => {
		const complaints = host.log().split('\n').filter((line) => line.includes(manifest.name) && /error|warn|could not|skipp/i.test(line));
		expect(complaints).toEqual([]);
	});
});
