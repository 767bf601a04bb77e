/**
 * One question, answered by the model as it came and by what it has become.
 * @module
 */
import { after, answer, before, begun, doing, question } from "./learning.ts";
import { ANSWER_TOKENS, type Said } from "./question.ts";

export function Both({ isReady }: { isReady: boolean }) {
  const send = (event: Event) => {
    event.preventDefault();
    answer();
  };
  return (
    <section class="card both" aria-label="Before and after">
      <form onSubmit={send}>
        <label for="learning-question">A question</label>
        <input
          id="learning-question"
          type="text"
          autocomplete="off"
          value={question.value}
          onInput={({ currentTarget }) => {
            question.value = currentTarget.value;
          }}
        />
        <button type="submit" disabled={!isReady || doing.value !== undefined || !question.value}>
          {begun.value ? "Ask both" : "Ask"}
        </button>
      </form>
      <div class="sides">
        <Side title="Before" said={before.value} empty="It is asked when learning begins." />
        <Side
          title={after.value ? `After ${steps(after.value.step)}` : "After"}
          said={after.value}
          empty="It is asked when learning ends, or is stopped."
        />
      </div>
    </section>
  );
}

const steps = (n: number) => `${n} ${n === 1 ? "step" : "steps"}`;

function Side({ title, said, empty }: { title: string; said: Said | undefined; empty: string }) {
  const isOther = said !== undefined && said.question !== question.value;
  return (
    <div aria-busy={said !== undefined && !said.isWhole}>
      <h3>{title}</h3>
      {isOther && <p class="muted">asked: {said.question}</p>}
      <p class={said ? "answer" : "muted"}>{said ? said.text || "…" : empty}</p>
      {said?.isCut && <p class="muted">cut after {ANSWER_TOKENS} tokens</p>}
    </div>
  );
}
