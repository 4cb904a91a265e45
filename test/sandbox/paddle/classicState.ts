/** What a Paddle Classic account holds; ids are numbers, amounts are decimal numbers in the major unit. */

export interface ClassicSubscription {
	subscription_id: number;
	plan_id: number;
	user_id: number;
	user_email: string;
	state: 'active' | 'past_due' | 'trialing' | 'paused' | 'deleted';
	signup_date: string;
	currency: string;
	/** Of each payment, before modifiers. */
	planAmount: number;
	quantity: number;
	nextPayment: string;
	lastPayment?: { amount: number; currency: string; date: string };
	/** Rest of a credit larger than a payment; lowers the next one. */
	balance: number;
}

export interface ClassicModifier {
	modifier_id: number;
	subscription_id: number;
	amount: number;
	is_recurring: boolean;
	description: string;
}

export interface ClassicPayment {
	id: number;
	subscription_id: number;
	amount: number;
	currency: string;
	date: string;
	/** What was in it beside the plan. */
	modifiers: ClassicModifier[];
}

export interface ClassicState {
	subscriptions: Map<number, ClassicSubscription>;
	modifiers: Map<number, ClassicModifier>;
	payments: ClassicPayment[];
	nextId: number;
}

export const emptyClassic = (): ClassicState => ({
	subscriptions: new Map(),
	modifiers: new Map(),
	payments: [],
	nextId: 500_000,
});
