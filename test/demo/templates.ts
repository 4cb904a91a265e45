/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test code, never shipped */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { CredentialEntry, WorkflowFile } from '../host/boot';
import { PROJECT } from '../host/pack';

/** What the demo needs to know of a node of this package. */
export interface NodeFacts {
	/** As workflows name it, e.g. `n8n-nodes-m3ter.m3terBill`. */
	type: string;
	credentials: string[];
	/** The path below `/webhook/<webhookId>/` where its production webhook listens; undefined when it has none. */
	webhookPath?: string;
}

interface BuiltNode {
	description: { name: string; credentials?: Array<{ name: string }>; webhooks?: Array<{ path: string }> };
}

interface Manifest {
	name: string;
	n8n: { nodes: string[]; credentials: string[] };
}

export const manifest = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8')) as Manifest;

/** Builds the one class a file of dist exports, found by the file's name as n8n finds it. */
function construct<T>(file: string): T {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- n8n itself requires the built files
	const exported = require(path.join(PROJECT, file)) as Record<string, new () => T>;
	return new exported[path.basename(file).split('.')[0]]();
}

/** Every node of the built package, by its type name. */
export function builtNodes(): Map<string, NodeFacts> {
	const facts = manifest.n8n.nodes.map((file): NodeFacts => {
		const { description } = construct<BuiltNode>(file);
		return {
			type: `${manifest.name}.${description.name}`,
			credentials: (description.credentials ?? []).map((credential) => credential.name),
			webhookPath: description.webhooks?.[0]?.path,
		};
	});
	return new Map(facts.map((node) => [node.type, node]));
}

/** The names of every credential type of the built package. */
export function builtCredentials(): string[] {
	return manifest.n8n.credentials.map((file) => construct<{ name: string }>(file).name);
}

/** The template files, e.g. `stripe/1-subscription-to-m3ter.json`, in order; all systems when none is named. */
export function templateFiles(system = ''): string[] {
	const root = path.join(PROJECT, 'templates');
	return readdirSync(path.join(root, system), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.json'))
		.map((file) => path.join(system, file).split(path.sep).join('/'))
		.sort();
}

export function readTemplate(file: string): WorkflowFile {
	return JSON.parse(readFileSync(path.join(PROJECT, 'templates', file), 'utf8')) as WorkflowFile;
}

/** Credential types of n8n's own nodes in the templates. */
const BUILT_IN: Record<string, string[]> = { 'n8n-nodes-base.s3': ['s3'], 'n8n-nodes-base.crypto': ['crypto'] };

/**
 * The workflow with the credentials chosen that a user would choose in the editor: each of our nodes gets, for every
 * credential type it knows, the one entry of that type; a Webhook or HTTP Request node with a header gets the demo's. All else
 * stays as in the file.
 */
export function withCredentials(workflow: WorkflowFile, entries: CredentialEntry[], nodes: Map<string, NodeFacts>): WorkflowFile {
	const pick = (types: string[]) =>
		Object.fromEntries(entries.filter(({ type }) => types.includes(type)).map(({ id, name, type }) => [type, { id, name }]));
	return {
		...workflow,
		nodes: workflow.nodes.map((node) => {
			const header = node.parameters.authentication === 'headerAuth' || node.parameters.genericAuthType === 'httpHeaderAuth';
			const types = header ? ['httpHeaderAuth'] : (nodes.get(node.type)?.credentials ?? BUILT_IN[node.type] ?? []);
			return types.length > 0 ? { ...node, credentials: pick(types) } : node;
		}),
	};
}

/** The workflow with further parameters set on the nodes of these names. */
export const withSettings = (workflow: WorkflowFile, settings: Record<string, Record<string, unknown>>): WorkflowFile => ({
	...workflow,
	nodes: workflow.nodes.map((node) => ({ ...node, parameters: { ...node.parameters, ...settings[node.name] } })),
});
