"""What axe-core finds on a page, and what the Tab key does not."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
FURTHER = ("heading-order",)
"""Rules beyond the standards that our pages keep."""

STREAMLITS_OWN = {
    ("list", "[data-testid=stSidebarNavItems]"): "it groups the links to pages by div, inside ul",
    ("listitem", "[data-testid=stSidebarNavItems] li"): "the same",
    ("target-size", "[data-testid=stMultiSelect] *"): (
        "the cross that empties the list is 1.5 rem wide, and the field after the chosen ones is "
        "as narrow as they leave it; a click anywhere in the box does the same"
    ),
    ("color-contrast", "[data-testid=stButtonGroup] [disabled] *"): (
        "a button that is off may be faint, but axe does not see that its words belong to it"
    ),
}
"""What we cannot change inside Streamlit's elements: rule, CSS selector, reason."""

_RUN = """async ([standards, further, own]) => {
  const rules = Object.fromEntries(further.map(rule => [rule, {enabled: true}]))
  const runOnly = {type: 'tag', values: standards}
  const found = await axe.run({runOnly, rules, resultTypes: ['violations'], elementRef: true})
  const excused = (rule, element) =>
    own.some(([of, selector]) => of === rule && element.matches(selector))
  return found.violations
    .filter(each => further.includes(each.id) || ['serious', 'critical'].includes(each.impact))
    .flatMap(each => each.nodes
      .filter(node => !excused(each.id, node.element))
      .map(node => `${each.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))
}"""


def violations(page: Page) -> list[str]:
    """Serious and critical ones with the element and the reason, without `STREAMLITS_OWN`."""
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(_RUN, [STANDARDS, FURTHER, [list(key) for key in STREAMLITS_OWN]])


def passed_over_by_tab(page: Page) -> list[str]:
    """Controls of the page that the Tab key does not reach, as HTML.

    Of the choices in one group the key reaches one; arrows go through the others. Two kinds are
    left out: buttons inside a list or a field, which do what its own keys do, and those in a
    figure's toolbar, for which there is the Download beside it.
    """
    for _ in range(page.evaluate(_LISTEN)):
        page.keyboard.press("Tab")
    return page.evaluate(_PASSED_OVER)


_CONTROLS = """
const parts = '[data-testid=stSelectbox], [data-testid=stMultiSelect], [data-testid=stNumberInput]'
const deep = root => [...root.querySelectorAll('*')].flatMap(
  e => [e, ...(e.shadowRoot ? deep(e.shadowRoot) : [])])
const controls = () => deep(document.querySelector('[data-testid=stApp]')).filter(e =>
  e.matches('a[href], button, input:not([type=file]), select, textarea, canvas[tabindex], summary')
  && e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.closest('.modebar')
  && !e.closest('[aria-hidden=true], [inert]') && !(e.tabIndex < 0 && e.closest(parts)))
"""

_LISTEN = f"""() => {{
  {_CONTROLS}
  window.reached = new Set()
  const note = event => window.reached.add(event.composedPath()[0])
  // From one element of a shadow tree to the next the focus moves unseen from outside of it.
  const roots = deep(document).map(e => e.shadowRoot).filter(root => root)
  for (const root of [document, ...roots]) root.addEventListener('focusin', note)
  return deep(document).filter(e => e.tabIndex >= 0 && e.checkVisibility()).length + 10
}}"""

_PASSED_OVER = f"""() => {{
  {_CONTROLS}
  const group = e => e.closest('[role=radiogroup], [role=toolbar], [role=tablist]')
  const reached = e => window.reached.has(e)
    || (group(e) && [...window.reached].some(other => group(other) === group(e)))
  return controls().filter(e => !reached(e)).map(e => e.outerHTML.slice(0, 250))
}}"""
