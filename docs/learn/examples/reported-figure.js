import { benchmarkLead, benchmarkRow, INCONSISTENCIES } from "gemma-reference/report";

const { metric, scores, runByGemmaTeam, note } = benchmarkRow("GSM8K");
console.log(metric, scores["Gemma 7B"], "beside", scores["Mistral 7B"]);
console.log(runByGemmaTeam, "run by Google;", note);
console.log(benchmarkLead("GSM8K", "Gemma 7B"), benchmarkLead("GSM8K", "Gemma 2B"));
console.log(INCONSISTENCIES.find(({ id }) => id === "preference-rate").recomputed);
