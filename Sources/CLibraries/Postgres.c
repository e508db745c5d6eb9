#include "Forward.h"

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

#define PQ(type, name, parameters, ...) FORWARD("libpq.so.5", type, name, parameters, __VA_ARGS__)

PQ(PGconn *, PQconnectStartParams,
   (const char *const *keywords, const char *const *values, int expand), keywords, values, expand)
PQ(PostgresPollingStatusType, PQconnectPoll, (PGconn *conn), conn)
PQ(void, PQfinish, (PGconn *conn), conn)
PQ(PQconninfoOption *, PQconninfoParse, (const char *conninfo, char **message), conninfo, message)
PQ(void, PQconninfoFree, (PQconninfoOption *options), options)
PQ(ConnStatusType, PQstatus, (const PGconn *conn), conn)
PQ(char *, PQerrorMessage, (const PGconn *conn), conn)
PQ(int, PQsocket, (const PGconn *conn), conn)
PQ(int, PQsetnonblocking, (PGconn *conn, int arg), conn, arg)
PQ(PGVerbosity, PQsetErrorVerbosity, (PGconn *conn, PGVerbosity verbosity), conn, verbosity)
PQ(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn *conn, PQnoticeProcessor proc, void *arg), conn,
   proc, arg)
PQ(int, PQsendQueryParams,
   (PGconn *conn, const char *command, int count, const Oid *types, const char *const *values,
    const int *lengths, const int *formats, int format),
   conn, command, count, types, values, lengths, formats, format)
PQ(int, PQflush, (PGconn *conn), conn)
PQ(int, PQconsumeInput, (PGconn *conn), conn)
PQ(int, PQisBusy, (PGconn *conn), conn)
PQ(PGresult *, PQgetResult, (PGconn *conn), conn)
PQ(ExecStatusType, PQresultStatus, (const PGresult *result), result)
PQ(char *, PQresultErrorField, (const PGresult *result, int field), result, field)
PQ(int, PQntuples, (const PGresult *result), result)
PQ(int, PQnfields, (const PGresult *result), result)
PQ(char *, PQfname, (const PGresult *result, int field), result, field)
PQ(char *, PQgetvalue, (const PGresult *result, int row, int field), result, row, field)
PQ(int, PQgetisnull, (const PGresult *result, int row, int field), result, row, field)
PQ(void, PQclear, (PGresult *result), result)
PQ(PGcancel *, PQgetCancel, (PGconn *conn), conn)
PQ(int, PQcancel, (PGcancel *cancel, char *message, int size), cancel, message, size)
PQ(void, PQfreeCancel, (PGcancel *cancel), cancel)
PQ(void, PQfreemem, (void *memory), memory)
