import { settled } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import type { M3terApi } from '../api';
import { readAccounts } from '../bills';
import { mappingsTo } from '../mappings';
import type { Account, ExternalMapping } from '../schemas';
import { detached, MAX_REMEMBERED } from './lookups';
import { MappingWalk } from './mappingWalk';
import type { Customer } from './rows';

/** From so many unknown customers at once, all mappings of their system may be cheaper to read than one request for each. */
const WALK_FROM = 50;
/** Requests spent on reading all mappings, as a share of those that it may save: at worst so much is spent in vain. */
const WALK_SHARE = 0.5;

const customerKey = ({ system, table, id }: Customer): string => JSON.stringify([system, table, id]);

const isAccount = ({ m3terEntity }: ExternalMapping): boolean => m3terEntity === 'Account';

/** The m3ter accounts of other systems' customers, by external mapping. Each distinct customer is looked up once. */
export class CustomerAccounts {
	private readonly known = new Map<string, string | Failure>();

	private readonly walks = new Map<string, MappingWalk>();

	constructor(private readonly api: M3terApi) {}

	/** The account's code. @throws Failure for a customer without exactly one account */
	codeOf(customer: Customer): string {
		const found = this.known.get(customerKey(customer)) ?? missing(customer);
		if (found instanceof Failure) throw found;
		return found;
	}

	async lookUp(customers: readonly Customer[]): Promise<void> {
		if (this.known.size > MAX_REMEMBERED) this.known.clear();
		const unknown = new Map<string, Customer>();
		for (const customer of customers) {
			const key = customerKey(customer);
			if (!this.known.has(key) && !unknown.has(key)) unknown.set(key, { ...customer, id: detached(customer.id) });
		}
		if (unknown.size === 0) return;
		await this.walkOn([...unknown.values()]);
		const found = await Promise.all([...unknown].map(async ([key, customer]) => ({ key, customer, ids: await settled(async () => await this.accountIds(customer)) })));
		const accounts = await readAccounts(this.api, found.flatMap(({ ids }) => (ids instanceof Failure ? [] : ids)));
		for (const { key, customer, ids } of found) this.known.set(key, ids instanceof Failure ? ids : onlyAccount(customer, ids, accounts));
	}

	/** Reads on in the lists of mappings of the systems that have many unknown customers. */
	private async walkOn(customers: readonly Customer[]): Promise<void> {
		for (const system of new Set(customers.map((customer) => customer.system))) {
			const count = customers.filter((customer) => customer.system === system).length;
			if (count < WALK_FROM) continue;
			const walk = this.walks.get(system) ?? new MappingWalk(this.api, system, isAccount);
			this.walks.set(system, walk);
			await walk.readOn(count * WALK_SHARE);
		}
	}

	/** A list read to its end knows every mapping that is older than the run; whatever it lacks is asked for. */
	private async accountIds({ system, table, id }: Customer): Promise<readonly string[]> {
		const walked = this.walks.get(system)?.m3terIds(table, id) ?? [];
		if (walked.length > 0) return walked;
		const mappings = await mappingsTo(this.api, system, table, id);
		return [...new Set(mappings.filter(isAccount).map(({ m3terId }) => m3terId))];
	}
}

/** Usage of a customer with several accounts could be billed to the wrong one: that is for a person to decide. */
function onlyAccount(customer: Customer, ids: readonly string[], accounts: ReadonlyMap<string, Account>): string | Failure {
	const existing = ids.flatMap((accountId) => accounts.get(accountId) ?? []);
	if (existing.length === 1) return existing[0].code;
	return existing.length === 0 ? missing(customer) : ambiguous(customer, existing);
}

const nameOf = ({ system, table, id }: Customer): string => `${system} ${table} ${id}`;

const missing = (customer: Customer) =>
	new Failure('mapping-missing', 'The customer has no m3ter account', {
		description: `m3ter has no external mapping Account → ${nameOf(customer)}. Create it with m3ter Account/Plan (External Mapping > Create or Update), or let the subscription flow create account and mapping.`,
	});

const ambiguous = (customer: Customer, accounts: readonly Account[]) =>
	new Failure('conflict', 'The customer has several m3ter accounts', {
		description: `${nameOf(customer)} is mapped to the accounts ${accounts.map(({ code }) => code).join(', ')}. Remove the mappings that are wrong, or give the account code instead.`,
	});
