/**
 * Formulas, as MathML, that stand in the inspector and on a panel.
 * @module
 */

/** x / √(mean(x²) + ε) · (1 + w) */
export function NormFormula() {
  return (
    <mrow>
      <mfrac>
        <mi>x</mi>
        <msqrt>
          <mi>mean</mi>
          <mo>(</mo>
          <msup>
            <mi>x</mi>
            <mn>2</mn>
          </msup>
          <mo>)</mo>
          <mo>+</mo>
          <mi>ε</mi>
        </msqrt>
      </mfrac>
      <mo>·</mo>
      <OnePlusWeight />
    </mrow>
  );
}

/** part / scale · (1 + w) · row */
export function PartFormula() {
  return (
    <mrow>
      <mfrac>
        <mi>part</mi>
        <mi>scale</mi>
      </mfrac>
      <mo>·</mo>
      <OnePlusWeight />
      <mo>·</mo>
      <mi>row</mi>
    </mrow>
  );
}

/** φ = pos · θ^(−2i/H) */
export function AngleFormula() {
  return (
    <mrow>
      <mi>φ</mi>
      <mo>=</mo>
      <mi>pos</mi>
      <mo>·</mo>
      <msup>
        <mi>θ</mi>
        <mrow>
          <mo>−</mo>
          <mn>2</mn>
          <mi>i</mi>
          <mo>/</mo>
          <mi>H</mi>
        </mrow>
      </msup>
    </mrow>
  );
}

function OnePlusWeight() {
  return (
    <mrow>
      <mo>(</mo>
      <mn>1</mn>
      <mo>+</mo>
      <mi>w</mi>
      <mo>)</mo>
    </mrow>
  );
}
