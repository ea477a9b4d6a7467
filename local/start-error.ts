/** Something that the person at the command line has to correct; the message is one line. */
export class StartError extends Error {}
