import type { JsonObject } from 'n8n-workflow';

import type { AccountStep } from '../../shared/subscriptionAccount';
import type { AccountPlanStep } from '../../shared/subscriptionPlans';
import type { SyncPlan } from '../../shared/subscriptionSync';
import type { SyncJob } from './subscriptionOptions';
import type { SyncReader } from './syncReader';
import type { Done } from './syncWriter';

type SyncAction = 'created' | 'updated' | 'ended' | 'unchanged' | 'skipped';

function actionOf(plan: SyncPlan, account: AccountStep | undefined, accountPlans: readonly AccountPlanStep[]): SyncAction {
	if (plan.skipped !== undefined) return 'skipped';
	const changes = accountPlans.map(({ action }) => action).filter((action) => action !== 'unchanged' && action !== 'skipped');
	if (account?.action === 'created' || changes.includes('attached')) return 'created';
	if (changes.length > 0 && changes.every((action) => action === 'ended')) return 'ended';
	return changes.length > 0 || account?.action === 'updated' ? 'updated' : 'unchanged';
}

/** The output item: what was done to which account and account plans. */
export async function syncResult(reader: SyncReader, { event }: SyncJob, plan: SyncPlan, { account, accountPlans, warnings }: Done): Promise<JsonObject> {
	const rows = accountPlans.map(async ({ accountPlanId, planId, action, startDate, endDate }) => ({
		id: accountPlanId ?? null,
		planCode: (await reader.planCode(planId)) ?? null,
		action,
		startDate,
		endDate: endDate ?? null,
	}));
	return {
		action: actionOf(plan, account, accountPlans),
		...(plan.skipped === undefined ? {} : { reason: plan.skipped }),
		customerId: event.customer.id,
		subscriptionId: event.subscription?.id ?? null,
		account: account ? { id: account.id ?? null, code: account.code, created: account.action === 'created' } : null,
		accountPlans: await Promise.all(rows),
		warnings: [...plan.warnings, ...warnings],
	};
}

/** The same output as if everything had been done, and the steps in words. */
export async function dryRunResult(reader: SyncReader, job: SyncJob, plan: SyncPlan): Promise<JsonObject> {
	const newOnes = ['attach', 'replace'];
	const accountPlans = plan.accountPlans.map((step) => (newOnes.includes(step.write) ? { ...step, accountPlanId: undefined } : step));
	const steps = [...accountSteps(plan.account, job), ...(await Promise.all(plan.accountPlans.map(async (step) => stepText(step, await reader.planCode(step.planId))))).flat()];
	return { ...(await syncResult(reader, job, plan, { account: plan.account, accountPlans, warnings: [] })), dryRun: true, steps };
}

function accountSteps(account: AccountStep | undefined, { event, system, tables }: SyncJob): string[] {
	if (account === undefined) return [];
	return [
		...(account.action === 'created' ? [`Create account ${account.code} for ${String(account.body?.name)}`] : []),
		...(account.action === 'updated' ? [`Update ${Object.keys(account.body ?? {}).join(', ')} of account ${account.code}`] : []),
		...(account.map ? [`Map account ${account.code} to ${system} ${tables.customer} ${event.customer.id}`] : []),
	];
}

function stepText({ action, write, accountPlanId, startDate, endDate }: AccountPlanStep, planCode = 'unknown'): string[] {
	const until = endDate === undefined ? '' : ` until ${endDate}`;
	if (write === 'attach') return [`Attach plan ${planCode} from ${startDate}${until}`];
	if (write === 'replace') return [`Replace account plan ${accountPlanId} by plan ${planCode} from ${startDate}${until}`];
	if (write === 'delete') return [`Delete account plan ${accountPlanId} (plan ${planCode}), which would not have started before its end`];
	if (action === 'ended' || action === 'endDateSet') return [`End account plan ${accountPlanId} (plan ${planCode}) on ${endDate}`];
	if (action === 'endDateCleared') return [`Remove the end date of account plan ${accountPlanId} (plan ${planCode})`];
	return write === 'update' ? [`Note the event on account plan ${accountPlanId} (plan ${planCode})`] : [];
}
