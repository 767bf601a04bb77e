/** How many draws are counted beside the one that is shown. @module */
export const DRAWS = 1000;
