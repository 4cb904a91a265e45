import { Failure } from '../../shared/failure';
import { buildMeasurement, isCode, latestNow, type Measurement, type MeasurementRules } from '../../shared/measurement';
import type { M3terApi } from '../api';
import { CustomerAccounts } from './customerAccounts';
import { askFor, detached, existingAccounts, MAX_REMEMBERED, readMeters } from './lookups';
import type { Row, SubmitOptions } from './rows';

export const codeText = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '');

/** Turns rows into measurements and asks m3ter what they name: meters, accounts, customers. Each is asked for once. */
export class RowChecks {
	private readonly customers: CustomerAccounts;

	/** What applies to measurements of each meter; undefined where there is no such meter, a Failure where it cannot be asked for. */
	private readonly meters = new Map<string, MeasurementRules | Failure | undefined>();

	private readonly accounts = new Map<string, boolean | Failure>();

	private readonly rules: MeasurementRules;

	constructor(
		private readonly api: M3terApi,
		private readonly options: SubmitOptions,
	) {
		this.customers = new CustomerAccounts(api);
		this.rules = { zone: options.zone, convertNumericText: options.convertNumericText, latest: latestNow(Date.now()) };
	}

	/**
	 * Looks up what these rows name and was not looked up before.
	 * @throws Failure when m3ter cannot be asked
	 */
	async lookUp(rows: readonly Row[]): Promise<void> {
		for (const known of [this.meters, this.accounts]) if (known.size > MAX_REMEMBERED) known.clear();
		const customers = rows.flatMap(({ customer }) => customer ?? []);
		await Promise.all([this.customers.lookUp(customers), this.options.checkMeter && this.lookUpMeters(rows), this.options.verifyAccounts && this.lookUpAccounts(rows)]);
	}

	/** @throws Failure that says what is wrong with the row */
	measurement({ input, customer, zone }: Row): Measurement {
		const found = customer === undefined ? undefined : this.customers.codeOf(customer);
		const rules = this.meters.get(codeText(input.meter));
		if (rules instanceof Failure) throw rules;
		const measurement = buildMeasurement(found === undefined ? input : { ...input, account: found }, inZone(rules ?? this.rules, zone));
		if (this.options.checkMeter && rules === undefined) {
			throw new Failure('not-found', 'm3ter has no such meter', { description: `There is no meter with the code ${measurement.meter}. Codes are case-sensitive.` });
		}
		// An account found through a mapping exists.
		const exists = found !== undefined || (this.accounts.get(measurement.account) ?? true);
		if (exists instanceof Failure) throw exists;
		if (!exists) {
			throw new Failure('not-found', 'm3ter has no such account', {
				description: `There is no account with the code ${measurement.account}; m3ter would create one and bill nobody. Create the account first, or correct the code (it is case-sensitive).`,
			});
		}
		return measurement;
	}

	private async lookUpMeters(rows: readonly Row[]): Promise<void> {
		const codes = unknownOf(rows.map(({ input }) => input.meter), this.meters);
		if (codes.length === 0) return;
		for (const [code, meter] of await askFor(codes, async (some) => await readMeters(this.api, some))) {
			this.meters.set(code, meter === undefined || meter instanceof Failure ? meter : { ...this.rules, meter });
		}
	}

	private async lookUpAccounts(rows: readonly Row[]): Promise<void> {
		const codes = unknownOf(rows.map(({ input }) => input.account), this.accounts);
		if (codes.length === 0) return;
		for (const [code, exists] of await askFor(codes, async (some) => await existingAccounts(this.api, some))) this.accounts.set(code, exists ?? false);
	}
}

function unknownOf(values: unknown[], known: ReadonlyMap<string, unknown>): string[] {
	const unknown = new Set<string>();
	for (const value of values) {
		const code = codeText(value);
		// What is no code fails when its measurement is built.
		if (!known.has(code) && isCode(code)) unknown.add(code);
	}
	return [...unknown].map(detached);
}

const inZone = (rules: MeasurementRules, zone: string | undefined): MeasurementRules => (zone === undefined || zone === rules.zone ? rules : { ...rules, zone });
