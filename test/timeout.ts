/** jest's own 5 seconds are short for the real engine on a busy machine. */
jest.setTimeout(60_000);
