// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The grammar of .nas files.
//
// Every decision of the parser is made on one token, so that parsing takes
// linear time and never simulates the automaton. What that asks for is done
// between lexer and parser (frontend/ParserTokens.cpp), which gives some tokens
// the types in `tokens` below from what stands beside them:
//   UNIT             the word behind a number, and a `%` without right operand
//   ELSE_IF          `else if`
//   IF_STATEMENT, MATCH_STATEMENT
//                    these words where a statement begins
//   TAIL_OPERATOR    a binary operator before `if` or `forall`, which reach as
//                    far to the right as they can
//   ARGUMENT_NAME    a name before `=` at the beginning of an argument
//   SET_OPEN         `{` behind `in`
//   RECORD_OPEN      `{` before `name :`
//   ARM_OPEN         any other `{` behind `=>`
//   AGGREGATE_OPEN   `(` before `i in`
//   IDENTIFIER       `network` where it does not begin an item
// It also drops the comma before a closing bracket, adds the one behind the
// statements of an arm, and takes out `rules { … }`, which is reserved.
//
// An expression is a flat list of operators and operands here; precedence is
// applied when the syntax tree is made (frontend/ParserExpressions.cpp), without
// recursion, so that long expressions do not need a deep stack.

grammar Nas;

tokens {
  UNIT, ELSE_IF, IF_STATEMENT, MATCH_STATEMENT, TAIL_OPERATOR, ARGUMENT_NAME,
  SET_OPEN, ARM_OPEN, RECORD_OPEN, AGGREGATE_OPEN
}

file : item* EOF ;

item
  : importItem
  | datasetItem
  | deviceItem
  | blockItem
  | spaceItem
  | networkItem
  | limitsItem
  | searchItem
  | deployItem
  ;

importItem  : IMPORT STRING SEMICOLON ;
datasetItem : DATASET name ASSIGN name LPAREN arguments? RPAREN (configuration | SEMICOLON) ;
deviceItem  : DEVICE name configuration ;
blockItem   : BLOCK name parameters body ;
spaceItem   : SPACE name parameters? (ARROW type)? body ;
networkItem : NETWORK name ASSIGN name LPAREN arguments? RPAREN (configuration | SEMICOLON) ;
limitsItem  : LIMITS limitBody ;
searchItem  : SEARCH configuration ;
deployItem  : DEPLOY configuration ;

// `name = value;`, `name { … }`, `name;`, `precision int8 { … }`,
// `table latency "file.csv";`, `maximize accuracy;`, `minimize latency on h743;`
configuration : LBRACE entry* RBRACE ;
entry
  : name
    ( ASSIGN expression SEMICOLON
    | configuration
    | SEMICOLON
    | name (configuration | SEMICOLON | STRING SEMICOLON | ON name SEMICOLON)
    )
  ;

parameters : LPAREN (parameter (COMMA parameter)*)? RPAREN ;
parameter  : (name | ARGUMENT_NAME) (COLON type)? (ASSIGN expression)? ;
type
  : name
    ( DOT name
    | LBRACKET expression (COMMA expression)* RBRACKET
    | LPAREN expression RPAREN
    )?
  ;

body : LBRACE statement* RBRACE ;
statement
  : CHOICE name IN domain (WHEN expression)? SEMICOLON
  | (LET | VAR) name ASSIGN expression SEMICOLON
  | REPEAT binder body
  | IF_STATEMENT header body (ELSE_IF header body)* (ELSE body)?
  | MATCH_STATEMENT matchRest
  | RETURN expression SEMICOLON
  | blockItem
  | expression (ASSIGN expression)? SEMICOLON
  ;

// The condition between a keyword and `{`.
header : expression ;
binder : name IN expression DOTDOT expression ;

domain
  : SET_OPEN (expression (COMMA expression)*)? RBRACE
  | expression DOTDOT expression rangeOption*
  ;
rangeOption
  : LINEAR
  | LOG
  | STEP expression
  | POINTS expression
  ;

// What is behind `match`, in a statement or an expression.
matchRest : header LBRACE (matchArm (COMMA matchArm)*)? RBRACE ;
matchArm  : (ELSE | expression (COMMA expression)*) FAT_ARROW armBody ;
armBody
  : ARM_OPEN statement* RBRACE
  | RETURN expression
  | expression (ASSIGN expression)?
  ;

limitBody : LBRACE limit* RBRACE ;
limit
  : IF_STATEMENT header limitBody (ELSE_IF header limitBody)* (ELSE limitBody)?
  | expression SEMICOLON
  ;

expression
  : openExpression
  | operand
    ( ( PIPE | IMPLIES | OR | AND
      | EQUAL | NOT_EQUAL | LESS | LESS_OR_EQUAL | GREATER | GREATER_OR_EQUAL
      | PLUS | MINUS | STAR | SLASH | PERCENT
      )
      operand
    )*
    (TAIL_OPERATOR openExpression)?
  ;
openExpression
  : IF expression THEN expression (ELSE_IF expression THEN expression)* ELSE expression
  | FORALL binder COLON expression
  ;
operand : (NOT | MINUS)* primary suffix* ;
primary
  : (INTEGER | REAL) (UNIT (OF part)?)?
  | STRING
  | TRUE
  | FALSE
  | IDENTIFIER | ON | OF | STEP | POINTS | LOG | LINEAR // A name, without a node.
  | LPAREN expression RPAREN
  | LBRACKET (expression (COMMA expression)*)? RBRACKET
  | RECORD_OPEN field (COMMA field)* RBRACE
  | MATCH matchRest
  ;
// What `1 epoch of` is followed by.
part : (INTEGER | REAL) UNIT? | name | LPAREN expression RPAREN ;
suffix
  : LPAREN arguments? RPAREN
  | AGGREGATE_OPEN binder COLON expression RPAREN
  | LBRACKET expression RBRACKET
  | DOT memberName
  | ON name
  ;
field : name COLON expression ;

arguments : argument (COMMA argument)* ;
argument  : (ARGUMENT_NAME ASSIGN)? expression ;

// Words that have a meaning in some places only are names everywhere else.
name : IDENTIFIER | ON | OF | STEP | POINTS | LOG | LINEAR ;
memberName
  : name
  | DATASET | DEVICE | BLOCK | SPACE | LIMITS | SEARCH | DEPLOY | CHOICE
  ;

IMPORT  : 'import' ;
DATASET : 'dataset' ;
DEVICE  : 'device' ;
BLOCK   : 'block' ;
SPACE   : 'space' ;
NETWORK : 'network' ;
LIMITS  : 'limits' ;
RULES   : 'rules' ;
SEARCH  : 'search' ;
DEPLOY  : 'deploy' ;
CHOICE  : 'choice' ;
LET     : 'let' ;
VAR     : 'var' ;
REPEAT  : 'repeat' ;
IN      : 'in' ;
IF      : 'if' ;
THEN    : 'then' ;
ELSE    : 'else' ;
MATCH   : 'match' ;
RETURN  : 'return' ;
WHEN    : 'when' ;
FORALL  : 'forall' ;
AND     : 'and' ;
OR      : 'or' ;
NOT     : 'not' ;
IMPLIES : 'implies' ;
TRUE    : 'true' ;
FALSE   : 'false' ;
ON      : 'on' ;
OF      : 'of' ;
STEP    : 'step' ;
POINTS  : 'points' ;
LOG     : 'log' ;
LINEAR  : 'linear' ;

LBRACE    : '{' ;
RBRACE    : '}' ;
LPAREN    : '(' ;
RPAREN    : ')' ;
LBRACKET  : '[' ;
RBRACKET  : ']' ;
SEMICOLON : ';' ;
COMMA     : ',' ;
COLON     : ':' ;
DOT       : '.' ;
DOTDOT    : '..' ;
ARROW     : '->' ;
FAT_ARROW : '=>' ;
ASSIGN    : '=' ;
PIPE      : '|>' ;
EQUAL     : '==' ;
NOT_EQUAL : '!=' ;
LESS      : '<' ;
LESS_OR_EQUAL    : '<=' ;
GREATER          : '>' ;
GREATER_OR_EQUAL : '>=' ;
PLUS    : '+' ;
MINUS   : '-' ;
STAR    : '*' ;
SLASH   : '/' ;
PERCENT : '%' ;

IDENTIFIER : [A-Za-z_] [A-Za-z0-9_]* ;
REAL       : DIGITS '.' DIGITS EXPONENT? | DIGITS EXPONENT ;
INTEGER    : DIGITS ;
fragment DIGITS   : [0-9] [0-9_]* ;
fragment EXPONENT : [eE] [+-]? DIGITS ;

STRING : '"' STRING_PART* '"' ;
fragment STRING_PART : ~["\\\r\n] | '\\' ~[\r\n] ;
// The mistakes below become tokens, so that they are reported once and parsing
// goes on as if they were right.
UNTERMINATED_STRING : '"' STRING_PART* '\\'? ;
QUOTED : '\'' ~['\r\n]* '\'' ;

LINE_COMMENT  : '//' ~[\r\n]* -> skip ;
BLOCK_COMMENT : '/*' .*? '*/' -> skip ;
UNTERMINATED_COMMENT : '/*' ( ~'*' | '*'+ ~[*/] )* '*'* EOF ;
WHITE_SPACE   : [ \t\r\n\f]+ -> skip ;

FOREIGN_OPERATOR : '&&' | '||' | '!' | '===' | '!==' | '=<' | '**' | '<>' | '::' | ':=' | '+=' | '-=' | '*=' | '/=' ;
// Every byte beyond ASCII reaches the lexer as 0x7F, so that its tables stay
// small; those of one character, and of neighbours, stay together.
STRAY : '\u007F'+ | . ;
