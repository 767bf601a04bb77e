/** On a phone: whether the sheet with the chosen number is drawn up. @module */
import { signal } from "@preact/signals";

export const isSheetOpen = signal(false);
