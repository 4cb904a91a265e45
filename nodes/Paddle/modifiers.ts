import { z } from 'zod';

import type { BillJob, Remember } from '../M3ter/billTarget';
import { settled, toFailure } from '../n8n/errors';
import { hasChanges } from '../shared/diff';
import { Failure } from '../shared/failure';
import { fromMinorUnits } from '../shared/money';
import { sendResult, type PreviewResult, type SendAction, type SendResult } from '../shared/sendResult';
import type { ClassicApi } from './classicApi';
import type { BillContext } from './lines';
import { fromLedger, lastPaymentOf, ledgerText, modifierOf, planModifiers, type ModifierPlan, type ModifierState } from './modifierPlan';
import { classicUserSchema, modifierSchema, type ClassicUser } from './schemas';

const MAX_ROUNDS = 4;

interface ModifierRequest {
	path: string;
	parameters: Record<string, string | number | boolean>;
}

/**
 * Paddle Classic's modifiers: one per bill line, taken by the subscription's next payment only. There is no update: what
 * changed is deleted and created again. A payment may take them at any moment, so the ledger knows of them first.
 */
export async function sendModifiers(classic: ClassicApi, context: BillContext, subscriptionId: string, remember: Remember): Promise<SendResult> {
	const api = classic.counted();
	let first: ModifierPlan | undefined;
	let remembered = context.job.ledgerDocumentId;
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const state = await readState(api, context.job, subscriptionId, remembered);
		const plan = planModifiers(context.job, state);
		const idle = outcomeWithoutWriting(context, subscriptionId, plan);
		if (idle !== undefined) {
			const action = idle.action === 'locked' ? 'locked' : first ? actionOf(first) : idle.action;
			return resultOf(context, subscriptionId, state, plan, action, api, [...idle.warnings, ...stateWarnings(state.user)], first);
		}
		first ??= plan;
		const entry = ledgerEntry(subscriptionId, state, plan, true);
		if (entry !== remembered) await rememberBefore(remember, context.job, entry);
		remembered = entry;
		for (const { path, parameters } of requestsOf(subscriptionId, context.job, plan)) {
			const outcome = await settled(async () => await api.write(path, parameters));
			// What happened is looked up in the next round before anything is written again.
			if (outcome instanceof Failure && round < MAX_ROUNDS && mayBeDone(outcome, path)) break;
			if (outcome instanceof Failure) throw outcome;
		}
	}
	throw new Failure('conflict', 'The Paddle modifiers keep changing while they are written', {
		description: `Bill ${context.job.bill.id}: others are changing the modifiers of subscription ${subscriptionId} at the same moment. Send the bill again.`,
	});
}

/** What {@link sendModifiers} would do. */
export async function previewModifiers(classic: ClassicApi, context: BillContext, subscriptionId: string): Promise<PreviewResult> {
	const api = classic.counted();
	const state = await readState(api, context.job, subscriptionId);
	const plan = planModifiers(context.job, state);
	const idle = outcomeWithoutWriting(context, subscriptionId, plan);
	const result = resultOf(context, subscriptionId, state, idle ? { ...plan, pending: plan.current } : plan, idle?.action ?? actionOf(plan), api, idle?.warnings ?? stateWarnings(state.user));
	return { ...result, requests: idle ? [] : requestsOf(subscriptionId, context.job, plan).map(({ path, parameters }) => ({ method: 'POST', path: `/2.0/subscription${path}`, body: parameters })) };
}

/** The bill's modifiers as they are, compared with the bill. */
export async function modifierStatus(classic: ClassicApi, context: BillContext, subscriptionId: string): Promise<SendResult> {
	const api = classic.counted();
	const state = await readState(api, context.job, subscriptionId);
	const plan = planModifiers(context.job, state);
	const none = state.existing.length === 0 && plan.billed === 0;
	const differs = hasChanges(plan.diff);
	const action: SendAction = none ? 'skipped' : !differs ? 'unchanged' : plan.billed === 0 ? 'updated' : 'locked';
	const warnings = none ? ['There are no modifiers for this bill yet.'] : differs ? ['The modifiers differ from the bill.'] : [];
	return resultOf(context, subscriptionId, state, { ...plan, pending: plan.current }, action, api, warnings);
}

const ledgerEntry = (subscriptionId: string, { user }: ModifierState, { pending, billed }: Pick<ModifierPlan, 'pending' | 'billed'>, isWriting: boolean): string =>
	ledgerText(subscriptionId, { lastPayment: lastPaymentOf(user), pending, billed, isWriting });

async function rememberBefore(remember: Remember, job: BillJob, entry: string): Promise<void> {
	try {
		await remember(job, entry);
	} catch (error) {
		const failure = toFailure(error);
		throw toFailure(new Failure(failure.kind, 'The ledger entry of the bill could not be written', {
			...failure,
			description: `Bill ${job.bill.id} of account ${job.account.code}: ${failure.description ?? failure.message}. Nothing more was sent: modifiers disappear when a payment takes them, and without this external mapping the bill would be charged again. m3ter must allow external mappings for bills.`,
		}));
	}
}

const actionOf = ({ diff, billed }: ModifierPlan): SendAction => (diff.change.length + diff.remove.length + diff.same.length === 0 && billed === 0 ? 'created' : 'updated');

async function readState(api: ClassicApi, job: BillJob, subscriptionId: string, ledgerDocumentId = job.ledgerDocumentId): Promise<ModifierState> {
	const user = await readUser(api, job, subscriptionId);
	const modifiers = await api.list('/modifiers', { subscription_id: subscriptionId }, modifierSchema, ({ modifier_id: id }) => id);
	return { user, existing: modifiers.flatMap((modifier) => modifierOf(job, modifier)), sent: fromLedger(ledgerDocumentId, subscriptionId) };
}

async function readUser(api: ClassicApi, job: BillJob, subscriptionId: string): Promise<ClassicUser> {
	const who = `Bill ${job.bill.id} of account ${job.account.code}`;
	if (!/^\d+$/.test(subscriptionId)) {
		throw new Failure('invalid-input', 'A Paddle Classic subscription ID is a number', { description: `${who}: "${subscriptionId}" is none. IDs that begin with sub_ belong to Paddle Billing: choose another target.` });
	}
	const [user] = await api.read('/users', { subscription_id: subscriptionId }, z.array(classicUserSchema));
	if (user === undefined) {
		throw new Failure('not-found', 'Paddle Classic has no such subscription', { description: `${who}: ${subscriptionId} does not exist or was deleted. Check the mapping, and the environment of the credential.` });
	}
	const currency = user.next_payment?.currency;
	if (currency !== undefined && currency !== job.draft.currency.toUpperCase()) {
		throw new Failure('conflict', 'The Paddle subscription has another currency', {
			description: `${who} is in ${job.draft.currency}, subscription ${subscriptionId} in ${currency}. Modifiers have the currency of the subscription; bill the account in ${currency}.`,
		});
	}
	return user;
}

const stateWarnings = ({ state }: ClassicUser): string[] => {
	if (state === 'past_due') return ['The subscription is past due: its open payment does not take modifiers, only the next one does.'];
	return state === 'paused' ? ['The subscription is paused: nothing is billed before it resumes.'] : [];
};

function outcomeWithoutWriting({ job, options }: BillContext, subscriptionId: string, plan: ModifierPlan): { action: SendAction; warnings: string[] } | undefined {
	if (!hasChanges(plan.diff)) {
		const isEmpty = plan.diff.same.length === 0 && plan.billed === 0;
		return isEmpty ? { action: 'skipped', warnings: ['The bill has nothing to charge.'] } : { action: 'unchanged', warnings: [] };
	}
	if (plan.billed === 0 || options.whenLocked === 'adjust') return undefined;
	const money = `${fromMinorUnits(plan.billed, job.draft.decimals).toFixed(job.draft.decimals)} ${job.draft.currency}`;
	const what = `A payment of subscription ${subscriptionId} took ${money} for bill ${job.bill.id}, and the bill has changed.`;
	if (options.whenLocked === 'fail') {
		throw new Failure('locked', 'The Paddle modifiers were billed and differ from the bill', { description: `${what} Set 'When Locked' to 'Send Difference' to put the difference, up or down, on the next payment.` });
	}
	return { action: 'locked', warnings: [what] };
}

/** Deletes first, so that a payment in between takes too little rather than too much: what is missing is added afterwards. */
function requestsOf(subscriptionId: string, job: BillJob, { diff }: ModifierPlan): ModifierRequest[] {
	const gone = [...diff.remove, ...diff.change.map(({ existing }) => existing)];
	const added = [...diff.add, ...diff.change.map(({ desired }) => desired)];
	return [
		...gone.map(({ id }) => ({ path: '/modifiers/delete', parameters: { modifier_id: id } })),
		...added.map(({ amount, text }) => ({
			path: '/modifiers/create',
			// Without the flag a modifier recurs with every payment.
			parameters: { subscription_id: subscriptionId, modifier_amount: fromMinorUnits(amount, job.draft.decimals).toFixed(job.draft.decimals), modifier_recurring: false, modifier_description: text },
		})),
	];
}

/** No answer came, or somebody else deleted the modifier, or a payment took it. */
const mayBeDone = ({ outcomeUnknown, kind }: Failure, path: string): boolean => outcomeUnknown || (kind === 'not-found' && path.endsWith('/delete'));

function resultOf(
	{ job }: BillContext,
	subscriptionId: string,
	state: ModifierState,
	plan: ModifierPlan,
	action: SendAction,
	api: ClassicApi,
	warnings: string[],
	written: ModifierPlan = plan,
): SendResult {
	const { billed, current, pending } = plan;
	const waiting = action === 'locked' ? current : pending;
	return sendResult({
		system: 'Paddle',
		action,
		draft: job.draft,
		document:
			action === 'skipped' && billed === 0 && current === 0
				? null
				: {
						type: 'modifiers',
						id: action === 'locked' && job.ledgerDocumentId ? job.ledgerDocumentId : ledgerEntry(subscriptionId, state, { pending: waiting, billed }, false),
						url: api.subscriptionUrl(subscriptionId),
						status: waiting === 0 && billed !== 0 ? 'billed' : 'waiting',
					},
		documentTotal: fromMinorUnits(billed + waiting, job.draft.decimals),
		diff: written.diff,
		calls: api.calls,
		warnings,
	});
}
