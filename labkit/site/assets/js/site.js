/* On every page: what scrolls sideways inside itself can be reached by keyboard, as WCAG 2.1.1 asks. And figures, which
   wait until the page is there, are then fetched, so that print shows those one has not scrolled to. */
(function () {
  "use strict";
  var words = { en: "Scrolls sideways", es: "Se desplaza de lado" };
  function reach() {
    document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code, .katex-display, figure.measured").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) {
          box.setAttribute("role", "region");
          box.setAttribute("aria-label", words[document.documentElement.lang] || words.en);
        }
      } else if (box.getAttribute("role") === "region") {
        box.removeAttribute("tabindex");
        box.removeAttribute("role");
        box.removeAttribute("aria-label");
      }
    });
  }
  window.addEventListener("load", function () { requestAnimationFrame(reach); });
  window.addEventListener("load", function () {
    setTimeout(function () {
      document.querySelectorAll("img[loading=lazy]").forEach(function (image) { image.loading = "eager"; });
    }, 1000);
  });
  window.addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true); /* a <details> that opens shows new tables */
})();
