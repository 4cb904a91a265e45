import { Failure } from '../../shared/failure';
import { buildMeasurement, latestNow, MAX_CODE, type Measurement, type MeasurementRules } from '../../shared/measurement';
import type { M3terApi } from '../api';
import { CustomerAccounts } from './customerAccounts';
import { detached, existingAccounts, MAX_REMEMBERED, readMeters } from './lookups';
import type { Row, SubmitOptions } from './rows';

export const codeText = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '');

/** What can be asked for; the rest fails when its measurement is built. */
const isCode = (code: string): boolean => code !== '' && code.length <= MAX_CODE;

/** Turns rows into measurements and asks m3ter what they name: meters, accounts, customers. Each is asked for once. */
export class RowChecks {
	private readonly customers: CustomerAccounts;

	/** What applies to measurements of each meter; undefined where there is no such meter. */
	private readonly meters = new Map<string, MeasurementRules | undefined>();

	private readonly accounts = new Map<string, boolean>();

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
	measurement({ input, customer }: Row): Measurement {
		const found = customer === undefined ? undefined : this.customers.codeOf(customer);
		const rules = this.meters.get(codeText(input.meter));
		const measurement = buildMeasurement(found === undefined ? input : { ...input, account: found }, rules ?? this.rules);
		if (this.options.checkMeter && rules === undefined) {
			throw new Failure('not-found', 'm3ter has no such meter', { description: `There is no meter with the code ${measurement.meter}. Codes are case-sensitive.` });
		}
		// An account found through a mapping exists.
		if (found === undefined && this.accounts.get(measurement.account) === false) {
			throw new Failure('not-found', 'm3ter has no such account', {
				description: `There is no account with the code ${measurement.account}; m3ter would create one and bill nobody. Create the account first, or correct the code (it is case-sensitive).`,
			});
		}
		return measurement;
	}

	private async lookUpMeters(rows: readonly Row[]): Promise<void> {
		const codes = unknownOf(rows.map(({ input }) => input.meter), this.meters);
		if (codes.length === 0) return;
		const found = await readMeters(this.api, codes);
		for (const code of codes) {
			const meter = found.get(code);
			this.meters.set(code, meter && { ...this.rules, meter });
		}
	}

	private async lookUpAccounts(rows: readonly Row[]): Promise<void> {
		const codes = unknownOf(rows.map(({ input }) => input.account), this.accounts);
		if (codes.length === 0) return;
		const found = await existingAccounts(this.api, codes);
		for (const code of codes) this.accounts.set(code, found.has(code));
	}
}

function unknownOf(values: unknown[], known: ReadonlyMap<string, unknown>): string[] {
	const unknown = new Set<string>();
	for (const value of values) {
		const code = codeText(value);
		if (isCode(code) && !known.has(code)) unknown.add(code);
	}
	return [...unknown].map(detached);
}
