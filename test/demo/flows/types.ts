import type { World } from '../world';

/** One line of the demo's table: the same thing as each side sees it. */
export interface FlowRow {
	what: string;
	/** In the other system, e.g. Stripe. */
	system: string;
	m3ter: string;
}

/** One of the three directions of one system, played once from the outside as its users would cause it. */
export interface Flow {
	/** Folder of the system under templates/, e.g. `stripe`. */
	system: string;
	/** As people see the system's name. */
	systemName: string;
	name: string;
	/** The template it runs, e.g. `stripe/1-subscription-to-m3ter.json`. */
	template: string;
	/**
	 * Plays the flow and reads the outcome from both sides.
	 * @throws Error when the two sides do not agree
	 */
	run(world: World): Promise<FlowRow[]>;
}
