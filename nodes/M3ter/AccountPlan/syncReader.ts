import { z } from 'zod';

import { accountCodeOf } from '../../shared/subscriptionAccount';
import type { KnownAccountPlan, KnownPlan } from '../../shared/subscriptionPlans';
import type { SyncKnown } from '../../shared/subscriptionSync';
import type { M3terApi } from '../api';
import { mappingsOf, mappingsTo } from '../mappings';
import { accountSchema, planSchema, type Account, type AccountPlan, type ExternalMapping, type Plan } from '../schemas';
import { accountPlansOf } from './accountPlanWrites';
import type { SyncJob } from './subscriptionOptions';

/**
 * Which subscription an account plan belongs to, and the time of the last event applied: kept in its custom fields, because they
 * are written together with it, so that no crash can come between. No personal data.
 */
export const SUBSCRIPTION_FIELD = 'n8nSubscription';
export const EVENT_TIME_FIELD = 'n8nEventTime';

const accountPlanFieldsSchema = z.object({ [SUBSCRIPTION_FIELD]: z.string().optional(), [EVENT_TIME_FIELD]: z.string().datetime({ offset: true }).optional() });

export const subscriptionFieldOf = (system: string, subscriptionId: string): string => `${system}:${subscriptionId}`;

/** Reads what m3ter knows, in as few requests as it allows; plans and their mappings once per run. */
export class SyncReader {
	private readonly planMappings = new Map<string, Promise<ExternalMapping[]>>();

	private allPlans?: Promise<Plan[]>;

	constructor(private readonly api: M3terApi) {}

	/** What m3ter knows about each job's customer, subscription and sold items, now. */
	async read(jobs: readonly SyncJob[]): Promise<SyncKnown[]> {
		const accounts = await this.accountsOf(jobs);
		const found = [...new Map(accounts.flatMap((account) => (account ? [[account.id, account] as const] : []))).values()];
		const lists = await Promise.all(found.map(async (account) => await accountPlansOf(this.api, account.id)));
		const accountPlans = new Map(found.map((account, position) => [account.id, lists[position]]));
		const ids = [...found.map(({ id }) => id), ...lists.flat().map(({ id }) => id)];
		const systems = [...new Set(jobs.map(({ system }) => system))];
		const mappings = (await Promise.all(systems.map(async (system) => await mappingsOf(this.api, ids, system)))).flat();
		const plans = await Promise.all(jobs.map(async (job) => await this.plansOf(job)));
		return jobs.map((job, position) => {
			const account = accounts[position];
			return {
				account: account && { ...account, mappedTo: customerMapped(job, account, mappings) },
				accountPlans: (accountPlans.get(account?.id ?? '') ?? []).map((plan) => knownAccountPlan(job, plan, mappings)),
				plans: plans[position],
			};
		});
	}

	/** Code of a plan, for results. */
	async planCode(planId: string | undefined): Promise<string | undefined> {
		return planId === undefined ? undefined : (await this.everyPlan()).find(({ id }) => id === planId)?.code;
	}

	/** By external mapping, else by code. */
	private async accountsOf(jobs: readonly SyncJob[]): Promise<Array<Account | undefined>> {
		const mapped = await Promise.all(
			jobs.map(async ({ event, system, tables }) => (await mappingsTo(this.api, system, tables.customer, event.customer.id)).filter(({ m3terEntity }) => m3terEntity === 'Account')),
		);
		const codes = jobs.map(({ event, options }) => accountCodeOf(event, options.accountCode));
		const ids = mapped.flat().map(({ m3terId }) => m3terId);
		const [byId, byCode] = await Promise.all([
			this.api.listByValues('/accounts', accountSchema, 'ids', ids),
			this.api.listByValues('/accounts', accountSchema, 'codes', codes),
		]);
		return jobs.map((_job, position) => {
			const viaMapping = mapped[position].map(({ m3terId }) => byId.find(({ id }) => id === m3terId)).find((account) => account !== undefined);
			return viaMapping ?? byCode.find(({ code }) => code === codes[position]);
		});
	}

	/** Plan of each sold item: by external mapping, by plan code, by an equal code, by the plan table. */
	private async plansOf(job: SyncJob): Promise<Map<string, KnownPlan>> {
		const plans = new Map<string, KnownPlan>();
		for (const { planRef, planCode } of job.event.subscription?.items ?? []) {
			const mapped = (await this.planMappingsOf(job, planRef)).map(({ m3terId }) => m3terId);
			const all = await this.everyPlan();
			const row = job.planTable.get(planRef);
			const plan =
				mapped.map((id) => all.find((candidate) => candidate.id === id)).find((candidate) => candidate !== undefined) ??
				all.find(({ code }) => planCode !== undefined && code === planCode) ??
				all.find(({ code }) => code === planRef) ??
				all.find(({ id, code }) => row !== undefined && row.value === (row.by === 'code' ? code : id));
			if (plan !== undefined) plans.set(planRef, { id: plan.id, code: plan.code, productId: plan.productId });
		}
		return plans;
	}

	private async planMappingsOf({ system, tables }: SyncJob, planRef: string): Promise<ExternalMapping[]> {
		const key = JSON.stringify([system, tables.plan, planRef]);
		const known = this.planMappings.get(key) ?? mappingsTo(this.api, system, tables.plan, planRef);
		this.planMappings.set(key, known);
		return (await known).filter(({ m3terEntity }) => m3terEntity === 'Plan');
	}

	/** m3ter cannot look a plan up by its code, so the list is read once. */
	private async everyPlan(): Promise<Plan[]> {
		this.allPlans ??= this.api.list('/plans', planSchema);
		return await this.allPlans;
	}
}

/** The customer an account is mapped to: this one when it is among them. */
function customerMapped({ event, system, tables }: SyncJob, { id }: Account, mappings: readonly ExternalMapping[]): string | undefined {
	const customers = mappings.filter((row) => row.m3terEntity === 'Account' && row.m3terId === id && row.externalSystem === system && row.externalTable === tables.customer);
	return (customers.find(({ externalId }) => externalId === event.customer.id) ?? customers[0])?.externalId;
}

function knownAccountPlan(job: SyncJob, plan: AccountPlan, mappings: readonly ExternalMapping[]): KnownAccountPlan {
	const own = mappings.filter((row) => row.m3terEntity === 'AccountPlan' && row.m3terId === plan.id && row.externalSystem === job.system && row.externalTable === job.tables.subscription);
	const { [SUBSCRIPTION_FIELD]: noted, [EVENT_TIME_FIELD]: eventTime } = accountPlanFieldsSchema.parse(plan.customFields ?? {});
	const prefix = subscriptionFieldOf(job.system, '');
	const subscriptionId = noted?.startsWith(prefix) ? noted.slice(prefix.length) : own[0]?.externalId;
	return {
		id: plan.id,
		planId: plan.planId,
		productId: plan.productId,
		startDate: plan.startDate,
		endDate: plan.endDate,
		subscriptionId,
		mapped: own.some(({ externalId }) => externalId === subscriptionId),
		eventTime,
	};
}
