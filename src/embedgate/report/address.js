/**
 * Keeps the page's address escaped. pytest-html unescapes the whole address before it stores sort order and filters in
 * it. Browsers refuse such an address if it is not ASCII, and the table of tests stays empty. Only the script of
 * pytest-html, which runs later, calls `unescape`.
 */

window.unescape = String;
