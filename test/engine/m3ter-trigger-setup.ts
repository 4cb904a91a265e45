/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import type { INodeParameters, INodeType } from 'n8n-workflow';

import { ACCESS_KEY_ID, API_SECRET, ORGANIZATION_ID, type Account, type M3terSandbox } from '../sandbox/m3ter';
import { Trigger, type Received, type TriggerOptions } from './harness';

export const credentialsFor = (sandbox: M3terSandbox) => ({
	m3terApi: { organizationId: ORGANIZATION_ID, accessKeyId: ACCESS_KEY_ID, apiSecret: API_SECRET, baseUrl: sandbox.url },
});

/** A trigger node whose credential points at the sandbox. */
export const triggerOf = (sandbox: M3terSandbox, node: INodeType, parameters: INodeParameters, options: Partial<TriggerOptions> = {}): Trigger =>
	new Trigger({ node, parameters, credentials: credentialsFor(sandbox), ...options });

/** How n8n activates a trigger. */
export async function activate(trigger: Trigger): Promise<void> {
	if (!(await trigger.checkExists())) await trigger.create();
}

/** What is registered in m3ter. */
export function registered({ state }: M3terSandbox) {
	return {
		webhooks: [...state.webhooks.values()],
		rules: [...state.notifications.values()],
		configs: [...state.integrationConfigs.values()],
	};
}

export const counts = (sandbox: M3terSandbox) => {
	const { webhooks, rules, configs } = registered(sandbox);
	return { webhooks: webhooks.length, rules: rules.length, configs: configs.length };
};

/** Requests that change something, as `METHOD path-below-the-organization`. */
export const writes = ({ requests }: M3terSandbox): string[] =>
	requests
		.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/oauth/token') && !path.endsWith('/notifications/evaluate'))
		.map(({ method, path }) => `${method} ${path.replace(/^\/organizations\/[^/]+/, '')}`);

/**
 * Takes the place of the network between m3ter and n8n: what the sandbox posts to n8n's address is handed to the trigger.
 * Returns everything the trigger received, in order.
 */
export function connect(trigger: Trigger): Array<Received & { body: unknown; sent: string }> {
	const received: Array<Received & { sent: string }> = [];
	const network = globalThis.fetch;
	jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
		const url = new URL(String(input));
		if (url.hostname !== 'n8n.example.com') return await network(input, init);
		const sent = String(init?.body);
		const answer = await trigger.receive({
			body: sent,
			headers: init?.headers as Record<string, string>,
			query: Object.fromEntries(url.searchParams),
		});
		received.push({ ...answer, sent });
		return new Response(null, { status: answer.status });
	});
	return received;
}

/** The token that m3ter was given in the URL. */
export const tokenOf = (sandbox: M3terSandbox): string => new URL(registered(sandbox).webhooks[0].url).searchParams.get('token') ?? '';

/** An account in the sandbox, as if it had been there for long. */
export function addAccount(sandbox: M3terSandbox, fields: Partial<Account> = {}): Account {
	const code = fields.code ?? 'globex';
	const time = '2026-01-01T00:00:00.000Z';
	const account = {
		id: `a0c1e2d3-1111-4222-8333-${code.padEnd(12, '0').slice(0, 12)}`,
		version: 1,
		dtCreated: time,
		dtLastModified: time,
		createdBy: 'test',
		lastModifiedBy: 'test',
		name: code,
		emailAddress: `${code}@example.com`,
		...fields,
		code,
	} as Account;
	sandbox.state.accounts.set(account.id, account);
	return account;
}
