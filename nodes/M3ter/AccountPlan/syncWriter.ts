import { Failure } from '../../shared/failure';
import type { AccountStep } from '../../shared/subscriptionAccount';
import type { AccountPlanStep } from '../../shared/subscriptionPlans';
import type { SyncPlan } from '../../shared/subscriptionSync';
import type { M3terApi } from '../api';
import { tryUpsertMapping } from '../mappings';
import { accountPlanSchema } from '../schemas';
import { createAccount } from './account';
import { attach, replace, updateAccountPlan, type NewAccountPlan } from './accountPlanWrites';
import type { SyncJob } from './subscriptionOptions';
import { EVENT_TIME_FIELD, SUBSCRIPTION_FIELD, subscriptionFieldOf } from './syncReader';

/** What has been done so far, with the ids m3ter gave. */
export interface Done {
	account?: AccountStep;
	accountPlans: AccountPlanStep[];
	warnings: string[];
}

/**
 * Carries out a plan, step by step, and notes each step in `done` as soon as it is done, so that after a failure it is known how far it came.
 * @throws Failure of the first step that did not work
 */
export async function carryOut(api: M3terApi, job: SyncJob, plan: SyncPlan, done: Done): Promise<void> {
	const accountId = plan.account && (await writeAccount(api, job, plan.account, done));
	for (const step of plan.accountPlans) {
		if (accountId === undefined) throw new Failure('not-found', 'The account plan has no account', { description: `Event ${job.event.id}` });
		const id = await writeAccountPlan(api, job, step, accountId);
		note(done, { ...step, accountPlanId: id });
		if (step.map) await map(api, job, { entity: 'AccountPlan', id, table: job.tables.subscription, externalId: job.event.subscription?.id ?? '' }, done);
	}
}

/** After a second look, a step done before shows as unchanged: what was done stands. */
function note(done: Done, step: AccountPlanStep): void {
	const before = done.accountPlans.findIndex(({ accountPlanId }) => accountPlanId === step.accountPlanId);
	if (before === -1) done.accountPlans.push(step);
	else if (step.action !== 'unchanged') done.accountPlans[before] = step;
}

async function writeAccount(api: M3terApi, job: SyncJob, step: AccountStep, done: Done): Promise<string> {
	const body = step.body ?? {};
	const id = step.action === 'created' ? (await createAccount(api, body)).id : (step.id ?? '');
	if (step.action === 'updated') await api.update(`/accounts/${encodeURIComponent(id)}`, () => body);
	if (done.account === undefined || step.action !== 'unchanged') done.account = { ...step, id };
	if (step.map) await map(api, job, { entity: 'Account', id, table: job.tables.customer, externalId: job.event.customer.id }, done);
	return id;
}

async function writeAccountPlan(api: M3terApi, job: SyncJob, step: AccountPlanStep, accountId: string): Promise<string> {
	const id = step.accountPlanId ?? '';
	if (step.write === 'none') return id;
	if (step.write === 'update') {
		const change = (current: Record<string, unknown>) => ({ endDate: step.endDate, customFields: { ...(current.customFields as object | undefined), ...noteOf(job) } });
		return (await updateAccountPlan(api, id, change)).id;
	}
	if (step.write === 'delete') {
		await api.delete(`/accountplans/${encodeURIComponent(id)}`);
		return id;
	}
	const body: NewAccountPlan = { accountId, planId: step.planId, startDate: step.startDate, endDate: step.endDate, billEpoch: billEpochOf(job, step), customFields: noteOf(job) };
	if (step.write === 'attach') return (await attach(api, body)).id;
	const original = accountPlanSchema.parse(await api.get(`/accountplans/${encodeURIComponent(id)}`));
	return (await replace(api, original, body)).newAccountPlan.id;
}

const noteOf = ({ event, system }: SyncJob): Record<string, string> => ({
	[SUBSCRIPTION_FIELD]: subscriptionFieldOf(system, event.subscription?.id ?? ''),
	[EVENT_TIME_FIELD]: event.occurredAt,
});

function billEpochOf({ billEpoch, event }: SyncJob, { startDate }: AccountPlanStep): string | undefined {
	if (billEpoch === 'none') return undefined;
	const date = billEpoch === 'currentPeriodStart' ? (event.subscription?.currentPeriodStart ?? startDate) : startDate;
	return new Date(date).toISOString().slice(0, 10);
}

async function map(api: M3terApi, { system }: SyncJob, { entity, id, table, externalId }: { entity: string; id: string; table: string; externalId: string }, done: Done): Promise<void> {
	const key = { m3terEntity: entity, m3terId: id, externalSystem: system, externalTable: table };
	const without = entity === 'Account' ? 'The account is still found by its code.' : 'The account plan itself notes the subscription, so it is found again without it.';
	const warning = await tryUpsertMapping(api, key, externalId, undefined, without);
	if (warning !== undefined) done.warnings.push(warning);
}
