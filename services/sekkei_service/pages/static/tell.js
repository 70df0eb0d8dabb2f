// A proposal has a conductance with its standard deviation, or a reason why it has none.

for (const form of document.querySelectorAll("form.tell")) {
  const { conductance_g0, sigma_g0, spectrum, reason } = form.elements;
  const choose = () => {
    for (const field of [conductance_g0, sigma_g0, spectrum].filter(Boolean)) field.required = !reason.value.trim();
  };
  reason.addEventListener("input", choose);
  choose(); // a browser may fill in what was there before
}
