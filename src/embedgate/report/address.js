/**
 * Keeps the page's address escaped. pytest-html stores sort order and filters in the address after it has unescaped
 * all of it; browsers refuse an unescaped address outside ASCII, and the table of tests stays empty. pytest-html's
 * script, which runs later, is the only caller of `unescape`.
 */

window.unescape = String;
