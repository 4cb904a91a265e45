import { m3terCredential } from '../demo/systems';
import { bootN8n, type CredentialEntry, type N8nHost, type WorkflowFile } from '../host/boot';
import { N8nClient } from '../host/client';
import { itemsOf } from '../host/execution';
import { startM3terSandbox, type M3terSandbox } from '../sandbox/m3ter';
import { accountBody, createClient } from '../sandbox/m3ter/client';
import { startScriptedModel, type ScriptedModel, type Turn } from './agentModel';
import { tarball } from './tarball';

/** n8n's own AI agent uses the action nodes as tools. Its model plays a script, so that the test says the same each time. */

let m3ter: M3terSandbox;
let model: ScriptedModel;
let host: N8nHost;
let client: N8nClient;
let credentials: { m3ter: CredentialEntry; model: CredentialEntry };

beforeAll(async () => {
	m3ter = await startM3terSandbox();
	m3ter.seed();
	const call = await createClient(m3ter.url);
	await call('POST', '/accounts', { ...accountBody('globex'), name: 'Globex GmbH' });
	model = await startScriptedModel();
	host = await bootN8n({ tarball: tarball() });
	client = await new N8nClient(host.url).signIn();
	credentials = {
		m3ter: await client.createCredential(m3terCredential(m3ter)),
		model: await client.createCredential({ name: 'Scripted model', type: 'openAiApi', data: { apiKey: 'none', url: model.url } }),
	};
});
afterAll(async () => {
	await host?.stop();
	await model?.close();
	await m3ter?.close();
});
afterEach(() => expect(m3ter.violations).toEqual([]));

const fromAi = (name: string, description: string) => `={{ $fromAI('${name}', '${description}', 'string') }}`;

/** The tool that n8n makes of one of our nodes. */
const tool = (name: string, node: string, parameters: Record<string, unknown>) => ({
	name,
	type: `n8n-nodes-m3ter.${node}Tool`,
	typeVersion: 1,
	parameters,
	credentials: { m3terApi: { id: credentials.m3ter.id, name: credentials.m3ter.name } },
});

function agentWith(prompt: string, tools: Array<ReturnType<typeof tool>>): WorkflowFile {
	const steps = [
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
		{ name: 'Agent', type: '@n8n/n8n-nodes-langchain.agent', typeVersion: 2.2, parameters: { promptType: 'define', text: prompt, options: {} } },
		{
			name: 'Model',
			type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
			typeVersion: 1.2,
			parameters: { model: { __rl: true, mode: 'id', value: 'scripted' }, options: {} },
			credentials: { openAiApi: { id: credentials.model.id, name: credentials.model.name } },
		},
		...tools,
	];
	const toAgent = (type: string) => ({ [type]: [[{ node: 'Agent', type, index: 0 }]] });
	return {
		name: 'Agent',
		nodes: steps.map((step, index) => ({ ...step, id: `node-${index}`, position: [index * 220, 0] })),
		connections: { Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] }, Model: toAgent('ai_languageModel'), ...Object.fromEntries(tools.map(({ name }) => [name, toAgent('ai_tool')])) },
		settings: { executionOrder: 'v1', saveManualExecutions: true },
	};
}

async function ask(prompt: string, tools: Array<ReturnType<typeof tool>>, script: Turn[]): Promise<string> {
	model.play(script);
	const execution = await client.run(await client.importWorkflow(agentWith(prompt, tools)), 'Start');
	expect(execution.status).toBe('success');
	return String(itemsOf(execution, 'Agent')[0].output);
}

/** The first item a tool gave the model. */
const itemOf = (toolAnswer: string): Record<string, unknown> => ([JSON.parse(toolAnswer)].flat() as Array<Record<string, unknown>>)[0];

const findAccount = () => tool('Find_account', 'm3terAccountPlan', { resource: 'account', operation: 'search', match: 'AND', conditions: { condition: [{ field: 'name', comparator: '~', value: fromAi('name', 'Start of the customer name') }] } });

const latestBill = () => tool('Latest_bill', 'm3terBill', { resource: 'bill', operation: 'get', billSource: 'latest', account: { __rl: true, mode: 'id', value: fromAi('accountId', 'The m3ter ID of the account') } });

it('an agent finds an account, then its latest bill, and says what is owed', async () => {
	const account = [...m3ter.state.accounts.values()].find(({ code }) => code === 'globex');
	m3ter.createBill({ accountId: account?.id ?? '', lines: [{ amount: 118.4, description: 'API requests' }] });
	const answer = await ask('What does Globex owe us?', [findAccount(), latestBill()], [
		{ tool: 'Find_account', input: () => ({ name: 'Globex' }) },
		{ tool: 'Latest_bill', input: ([found]) => ({ accountId: itemOf(found).id }) },
		{ answer: (said) => `It owes ${JSON.stringify(itemOf(said.at(-1) ?? '').billTotal)}` },
	]);

	expect(answer).toBe('It owes 118.4');
	expect(model.requests).toHaveLength(3);
	const offered = model.requests[0].tools ?? [];
	expect(offered.map(({ function: { name } }) => name).sort()).toEqual(['Find_account', 'Latest_bill']);
	for (const { function: { description, parameters } } of offered) {
		expect(description).toMatch(/m3ter/);
		expect(Object.values(parameters.properties).every((property) => property.description)).toBe(true);
	}
});

it('a tool that cannot do it tells the agent why, in words it can act on', async () => {
	const answer = await ask('What does Hooli owe us?', [latestBill()], [
		{ tool: 'Latest_bill', input: () => ({ accountId: '00000000-0000-4000-8000-000000000000' }) },
		{ answer: ([said]) => said },
	]);
	expect(itemOf(answer)).toMatchObject({ error: 'The account has no bill', message: expect.stringContaining('00000000-0000-4000-8000-000000000000') });
});
