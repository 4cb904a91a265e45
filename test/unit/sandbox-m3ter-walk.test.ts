 
import { compilePath } from '../sandbox/kit/paths';
import { startM3terSandbox, type Bill, type M3terSandbox, type Seed } from '../sandbox/m3ter';
import { accountBody, createClient, usageBody, type Body, type Call } from '../sandbox/m3ter/client';
import { m3terContract } from '../sandbox/m3ter/openapi';
import { omit } from '../sandbox/m3ter/requests';

/** Every operation of the published contract is used once as intended; neither the requests nor the answers may break the contract. */
const contract = m3terContract();

let sandbox: M3terSandbox;
let seed: Seed;
let call: Call;

/** Makes a call that has to succeed. */
async function good(method: string, path: string, body?: unknown): Promise<Body & { id: string }> {
	const answer = await call<Body & { id: string }>(method, path, body);
	expect([method, path, answer.status, answer.body]).toEqual([method, path, 200, answer.body]);
	return answer.body;
}

/** Create, get, list, update, and delete when asked; the id. */
async function walkResource(path: string, body: Body, remove = false): Promise<string> {
	const { id, version } = await good('POST', path, body);
	await good('GET', `${path}/${id}`);
	await good('GET', `${path}?pageSize=10${path === '/externalmappings' ? '' : `&ids=${id}`}`);
	await good('PUT', `${path}/${id}`, { ...body, version });
	if (remove) await good('DELETE', `${path}/${id}`);
	return id;
}

async function walkConfiguration(): Promise<string> {
	await good('GET', '/users/me');
	for (const path of ['/organizationconfig', '/customfields', '/billconfig']) {
		const stored = await good('GET', path);
		await good('PUT', path, omit(stored, 'id', 'dtCreated', 'dtLastModified', 'createdBy', 'lastModifiedBy'));
	}
	for (const list of ['currency', 'creditreasons', 'debitreasons']) await walkResource(`/picklists/${list}`, { name: 'X', code: 'XXX' }, true);

	const accountId = await walkResource('/accounts', accountBody('globex', { address: { country: 'DE' }, customFields: { crm: 1 } }));
	await walkResource('/accounts', accountBody('child', { parentAccountId: accountId }), true);
	await good('GET', `/accounts/${accountId}/children`);
	await good('GET', '/accounts/search?searchQuery=code:globex&sortBy=name&sortOrder=ASC&operator=AND&fromDocument=0&pageSize=5');

	const productId = await walkResource('/products', { name: 'P', code: 'p' });
	const planTemplateId = await walkResource('/plantemplates', { productId, name: 'T', currency: 'USD', standingCharge: 1, billFrequency: 'MONTHLY' });
	const planId = await walkResource('/plans', { planTemplateId, name: 'Plan', code: 'plan' });
	const planGroupId = await walkResource('/plangroups', { name: 'G', currency: 'USD' });
	await walkResource('/plangrouplinks', { planGroupId, planId }, true);
	const meter = { name: 'M', code: 'm', derivedFields: [], dataFields: [{ category: 'MEASURE', code: 'n', name: 'N', unit: 'x' }] };
	await walkResource('/meters', meter, true);
	const contractId = await walkResource('/contracts', { accountId, name: 'C', startDate: '2024-01-01', endDate: '2025-01-01' });
	await walkResource('/accountplans', { accountId, planGroupId, startDate: '2024-01-01T00:00:00Z' }, true);
	await good('DELETE', `/plangroups/${planGroupId}`);

	const { starter, pro } = seed.plans;
	const attached = await good('POST', '/accountplans', { accountId, planId: starter.id, contractId, startDate: '2024-01-01T00:00:00Z' });
	await good('POST', `/accountplans/${attached.id}/replace`, { accountId, planId: pro.id, startDate: '2024-03-01T00:00:00Z' });
	await good('PUT', `/contracts/${contractId}/enddatebillingentities`, { endDate: '2024-02-01T00:00:00Z', billingEntities: ['ACCOUNTPLAN', 'CONTRACT'] });
	await good('PUT', `/accounts/${accountId}/enddatebillingentities`, { endDate: '2024-04-01T00:00:00Z', billingEntities: ['ACCOUNTPLAN'] });
	await good('DELETE', `/accountplans/${attached.id}`);
	for (const path of [`/contracts/${contractId}`, `/plans/${planId}`, `/plantemplates/${planTemplateId}`, `/products/${productId}`]) await good('DELETE', path);
	return accountId;
}

async function walkUsage(): Promise<void> {
	await good('POST', '/measurements', { measurements: [usageBody(), usageBody({ uid: 'u2', meter: 'none' })] });
	await sandbox.settled();
	const failures = (await good('GET', '/events?eventName=ingest.validation.failure')) as unknown as { data: Array<{ m3terEvent: { eventData: { getDownloadUrl: string } } }> };
	await good('GET', failures.data[0].m3terEvent.eventData.getDownloadUrl.replace(/^.*(?=\/measurements)/, ''));

	const content = JSON.stringify([usageBody({ uid: 'u3' })]);
	const upload = await good('POST', '/fileuploads/measurements/generateUploadUrl', { fileName: 'u.json', contentType: 'application/json', contentLength: content.length });
	await fetch(String(upload.url), { method: 'PUT', headers: upload.headers as Record<string, string>, body: content });
	await sandbox.settled();
	await good('GET', '/fileuploads/measurements/jobs?dateCreatedStart=2024-01-01T00:00:00Z');
	await good('GET', `/fileuploads/measurements/jobs/${String(upload.jobId)}`);
	await good('GET', `/fileuploads/measurements/jobs/${String(upload.jobId)}/original`);
}

async function walkEvents(): Promise<void> {
	await good('GET', '/events/types');
	await good('GET', '/events/fields?eventName=billing.bill.updated');
	const events = (await good('GET', '/events?pageSize=1&eventName=configuration.account.created')) as unknown as { data: Body[] };
	await good('GET', `/events/${String(events.data[0].id)}`);
	await walkResource('/scheduledevents/configurations', { name: 'scheduled.bill.due', entity: 'Bill', field: 'dueDate', offset: 1 }, true);
	await good('POST', '/notifications/evaluate', { eventName: 'billing.bill.updated', calculation: 'new.locked == true' });

	const hook = { name: 'n', description: 'd', url: `${sandbox.url}/nowhere`, credentials: { type: 'M3TER_SIGNED_REQUEST', apiKey: 'k', secret: 's' } };
	const webhookId = await walkResource('/integrationdestinations/webhooks', hook);
	const ruleId = await walkResource('/notifications/configurations', {
		name: 'n',
		description: 'd',
		code: 'c',
		eventName: 'configuration.product.created',
		alwaysFireEvent: true,
		active: true,
	});
	const configs = '/integrationconfigs';
	const link = { name: 'n', entityType: 'Notification', entityId: ruleId, destination: 'Webhook', destinationId: webhookId, configData: {} };
	const { id: configId } = await good('POST', configs, link);
	await good('GET', `${configs}/${configId}`);
	await good('GET', `${configs}?destinationId=${webhookId}`);
	await good('GET', `${configs}/entity/Notification?entityId=${ruleId}&destinationId=${webhookId}`);
	await good('PUT', `${configs}/${configId}`, { ...link, version: 1 });
	await good('POST', `${configs}/${configId}/enable`);
	await good('POST', '/products', { name: 'Fires', code: 'fires' });
	await sandbox.settled();

	const runs = (await good('GET', `/integrationruns/Notification/${ruleId}?order=DESC&pageSize=5`)) as unknown as { data: Body[] };
	const runId = String(runs.data[0].id);
	for (const path of [runId, `logs/${runId}`, `destinations/${webhookId}`, `Notification/latest/${ruleId}`, `Notification/latest?ids=${ruleId}`]) {
		await good('GET', `/integrationruns/${path}`);
	}
	await good('PUT', `/integrationdestinations/webhooks/${webhookId}/active?active=false`);
	for (const path of [`${configs}/${configId}`, `/notifications/configurations/${ruleId}`, `/integrationdestinations/webhooks/${webhookId}`]) await good('DELETE', path);
	const available = `${configs}/available`;
	for (const path of [`${available}/systems?entityType=Bill`, `${available}?systemName=Webhook&entityType=Bill`, `${available}/Webhook/entities`, `${available}/Webhook/auth/Bill`]) {
		await good('GET', path);
	}
	await good('GET', `${configs}/values/Webhook/option`);
	await good('GET', '/integrationdestinations/marketplace/usageReport?pageSize=50');
}

async function walkMappings(accountId: string): Promise<void> {
	await walkResource('/externalmappings', { m3terEntity: 'Account', m3terId: accountId, externalSystem: 'Stripe', externalTable: 'Customer', externalId: 'cus_1' }, true);
	await good('GET', '/externalmappings/externalid/Stripe/Customer/cus_1');
	await good('GET', `/externalmappings/external/Account/${accountId}`);
	await good('GET', '/externalmappingconfiguration');
	await good('GET', '/externalmappingconfiguration/values/STRIPE/Account?externalTable=Customer');
	await good('GET', '/externalmappingconfiguration/values/STRIPE/Account/credentials?externalTable=Customer');
}

async function walkJobs(accountId: string, bill: Bill): Promise<void> {
	const body = { accountIds: [accountId], billingFrequency: 'MONTHLY', billFrequencyInterval: 1, lastDateInBillingPeriod: '2024-03-31' };
	const job = await good('POST', '/billjobs', body);
	await good('GET', `/billjobs/${job.id}`);
	sandbox.settings.jobMs = 1000;
	const again = await good('POST', '/billjobs/recalculate', { billIds: [bill.id] });
	await good('POST', `/billjobs/${again.id}/cancel`);
	sandbox.settings.jobMs = 5;
	await good('GET', '/billjobs?active=true');
	await good('POST', '/bills/preview', body);
	const statement = await good('POST', '/statementjobs', { billId: bill.id, includeCsvFormat: true });
	await good('POST', '/statementjobs/batch', { billIds: [bill.id] });
	await sandbox.settled();
	await good('GET', `/statementjobs/${statement.id}`);
	await good('GET', `/statementjobs?billId=${bill.id}`);
	sandbox.settings.jobMs = 1000;
	const cancelled = await good('POST', '/statementjobs', { billId: bill.id });
	await good('POST', `/statementjobs/${cancelled.id}/cancel`);
	sandbox.settings.jobMs = 5;
}

async function walkBills(accountId: string): Promise<void> {
	const bill = sandbox.createBill({ accountId, startDate: '2024-01-01', endDate: '2024-02-01', lines: [{ amount: 10, usagePerPricingBand: [{ lowerLimit: 0, bandSubtotal: 10 }] }] });
	const path = `/bills/${bill.id}`;
	const lineId = bill.lineItems[0].id;
	for (const get of [path, '/bills?status=PENDING&excludeLineItems=true&includeBillTotal=true', `/bills/latest/${accountId}`, `/bills/accountid/${accountId}`]) await good('GET', get);
	await good('GET', '/bills/search?searchQuery=billingFrequency:MONTHLY&pageSize=5');
	for (const get of ['/lineitems', `/lineitems/${lineId}`, `/lineitems/${lineId}/usage/json`, '/statement/json']) await good('GET', path + get);
	await good('GET', `/lineitems?billId=${bill.id}&lineItemType=USAGE`);
	await walkJobs(accountId, bill);
	await good('POST', `${path}/statement/csv`);
	await good('GET', `${path}/statement/csv`);
	await good('POST', '/bills/download/csv/url', { startDate: '2024-02-01T00:00:00Z', endDate: '2024-02-02T00:00:00Z', externalSystem: 'STANDARD' });
	await good('GET', '/bills/billingperiod/2024-01-31/MONTHLY');
	await good('POST', '/bills/billingperiod/2024-01-31/monthly/approve');
	await good('PUT', `${path}/status`, { status: 'PENDING' });
	await good('POST', '/bills/approve', { billIds: [bill.id] });
	await good('PUT', `${path}/lock`);
	await good('DELETE', `/bills/${sandbox.createBill({ accountId, lines: [] }).id}`);
}

async function walkMemos(accountId: string): Promise<void> {
	const bill = sandbox.createBill({ accountId, startDate: '2023-01-01', endDate: '2023-02-01', lines: [{ amount: 10 }] });
	for (const kind of ['creditlineitems', 'debitlineitems']) {
		const path = `/bills/${bill.id}/${kind}`;
		const memo = {
			productId: seed.product.id,
			accountingProductId: seed.product.id,
			description: 'Memo',
			amount: 1.5,
			referencedBillId: bill.id,
			referencedLineItemId: bill.lineItems[0].id,
			servicePeriodStartDate: '2023-01-01T00:00:00Z',
			servicePeriodEndDate: '2023-02-01T00:00:00Z',
		};
		const { id } = await good('POST', path, memo);
		await good('GET', path);
		await good('GET', `${path}/${id}`);
		await good('PUT', `${path}/${id}`, { ...memo, amount: 2, version: 1 });
		await good('DELETE', `${path}/${id}`);
	}
}

// Outside, where the published contract is not at hand, there is nothing to compare with.
if (contract) {
	it('keeps to the published contract in every operation of it', async () => {
		sandbox = await startM3terSandbox({ jobMs: 5, webhook: { attempts: 1 } });
		try {
			seed = sandbox.seed();
			call = await createClient(sandbox.url);
			const accountId = await walkConfiguration();
			await walkUsage();
			await walkEvents();
			await walkMappings(accountId);
			await walkBills(accountId);
			await walkMemos(accountId);
			await sandbox.settled();
			expect(sandbox.violations).toEqual([]);

			const done = sandbox.requests.filter(({ status }) => status === 200);
			const missed = (contract?.operations ?? []).filter((operation) => {
				const [method, template] = operation.split(' ');
				const pattern = compilePath(template);
				return !done.some((request) => request.method === method && pattern.match(request.path));
			});
			expect(missed).toEqual([]);
		} finally {
			await sandbox.close();
		}
		// Compiling some 170 schemas is most of the time.
	}, 60_000);

	it('shows the requests to whoever started it alone', async () => {
		sandbox = await startM3terSandbox();
		try {
			const action = async (name: string, args: unknown = {}) =>
				(await (await fetch(`${sandbox.url}/_sandbox/actions/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(args) })).json()) as Body;
			await action('seed');
			call = await createClient(sandbox.url);
			await good('POST', '/accounts', accountBody('globex'));
			const bill = await action('createBill', { accountCode: 'globex', lines: [{ amount: 5, description: 'Requests' }] });
			expect(await action('approveBill', { billId: bill.id })).toMatchObject({ status: 'APPROVED', billTotal: 5 });
			expect(await action('changeBill', { billId: bill.id, lines: [{ amount: 6 }] })).toMatchObject({ status: 'PENDING', billTotal: 6, version: 3 });
			expect(await action('createBill', { accountCode: 'nobody', lines: [] })).toMatchObject({ message: expect.any(String) as string });
			sandbox.reset();
			expect([sandbox.state.accounts.size, sandbox.requests.length]).toEqual([0, 0]);
		} finally {
			await sandbox.close();
		}
	});
}
