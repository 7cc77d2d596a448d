using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>The pool of connections, and how calls use them: how many at once, what is tried again, what is thrown.</summary>
internal sealed class Connections : IAsyncDisposable
{
    /// <summary>
    /// A server that restarts takes longer than this. A call that follows another within it has a connection that lives, or else the other one has
    /// found that out and emptied the pool.
    /// </summary>
    private static readonly TimeSpan ProvenFor = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a command that ran into its timeout may take to be cancelled before its connection is given up.</summary>
    private const int CancellationMilliseconds = 500;

    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _reads;
    private readonly SemaphoreSlim _writes;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OpenCalls _calls = new();
    private long _lastAnswer;

    private Connections(NpgsqlConnectionStringBuilder address, PostgreSqlOptions options, TimeProvider time, ILogger logger)
    {
        Place = $"'{address.Database ?? address.Username}' at {address.Host}:{address.Port}, schema {options.Schema}";
        Schema = options.Schema;
        _timeout = options.CommandTimeout;
        _time = time;
        _logger = logger;
        var writes = Math.Max(1, options.MaxConnections / 4);
        _writes = new SemaphoreSlim(writes, writes);
        _reads = new SemaphoreSlim(options.MaxConnections - writes, options.MaxConnections - writes);
        _source = Build(address, options);
        _lastAnswer = time.GetTimestamp();
    }

    /// <summary>Where the store is, for errors and logs.</summary>
    internal string Place { get; }

    internal string Schema { get; }

    /// <exception cref="RealtimeException">The settings can't be used.</exception>
    internal static Connections Create(PostgreSqlOptions options, TimeProvider time, ILogger logger)
    {
        if (PostgreSqlOptions.RefusalOf(options.ConnectionString, out var address) is { } refusal)
            throw new RealtimeException(refusal, isTransient: false);
        try
        {
            return new Connections(address!, options, time, logger);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            // What the driver says may repeat the setting, and with it a password.
            throw new RealtimeException("Realtime:Store:ConnectionString has settings that don't go together.", isTransient: false);
        }
    }

    /// <summary>Runs what may run twice: on another connection when the first one is lost.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Cancels the wait, and the work as soon as the server hears of it.</param>
    internal async ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(_reads, cancellationToken);
        return await RunAsync(_reads, () => TwiceAsync(work, cancellationToken)).WaitAsync(cancellationToken);
    }

    /// <summary>Runs what changes something, once. Nothing cancels it once it has its turn.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    internal async ValueTask<T> WriteAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(_writes, cancellationToken);
        return await RunAsync(_writes, () => OnceAsync(work)).WaitAsync(cancellationToken);
    }

    /// <summary>Waits for the calls that go on, and closes the connections. Calls that still wait for their turn are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        await _calls.CloseAsync();
        await _source.DisposeAsync();
    }

    private async ValueTask EnterAsync(SemaphoreSlim turns, CancellationToken cancellationToken)
    {
        _calls.Enter();
        try
        {
            if (!await turns.WaitAsync(_timeout, cancellationToken))
                throw new RealtimeException($"The message store {Place} is so slow that calls wait too long for their turn.", isTransient: true);
            if (_calls.IsClosed)
            {
                turns.Release();
                throw new ObjectDisposedException(nameof(PostgreSqlMessageStore));
            }
        }
        catch
        {
            _calls.Leave();
            throw;
        }
    }

    private async Task<T> RunAsync<T>(SemaphoreSlim turns, Func<Task<T>> call)
    {
        try
        {
            var result = await call();
            Volatile.Write(ref _lastAnswer, _time.GetTimestamp());
            return result;
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfServer(exception))
        {
            if (PostgreSqlErrors.IsLost(exception))
                Forget(exception);
            throw PostgreSqlErrors.ToException(exception, Place);
        }
        finally
        {
            turns.Release();
            _calls.Leave();
        }
    }

    private async Task<T> TwiceAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using (var first = await _source.OpenConnectionAsync(cancellationToken))
        {
            try
            {
                return await work(first, cancellationToken);
            }
            catch (Exception exception) when (PostgreSqlErrors.IsLost(exception))
            {
                Forget(exception);
            }
        }

        await using var second = await _source.OpenConnectionAsync(cancellationToken);
        return await work(second, cancellationToken);
    }

    private async Task<T> OnceAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        await using var connection = await ProvenAsync();
        return await work(connection);
    }

    /// <summary>
    /// A connection that was alive a moment ago. A write can't be tried again when its connection turns out to be dead, for nobody knows whether it
    /// was done; so after a pause, during which the server may have restarted, the connection is tried first.
    /// </summary>
    private async Task<NpgsqlConnection> ProvenAsync()
    {
        var connection = await _source.OpenConnectionAsync(CancellationToken.None);
        if (_time.GetElapsedTime(Volatile.Read(ref _lastAnswer)) < ProvenFor)
            return connection;
        try
        {
            await using var ping = new NpgsqlCommand("SELECT 1", connection);
            await ping.ExecuteNonQueryAsync(CancellationToken.None);
            return connection;
        }
        catch (Exception exception) when (PostgreSqlErrors.IsLost(exception))
        {
            await connection.DisposeAsync();
            Forget(exception);
            return await _source.OpenConnectionAsync(CancellationToken.None);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Throws away the connections of the pool: what ended one of them has most likely ended all.</summary>
    private void Forget(Exception exception)
    {
        _source.Clear();
        Log.ConnectionsLost(_logger, Place, PostgreSqlErrors.ToException(exception, Place).Message);
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder address, PostgreSqlOptions options)
    {
        var seconds = (int)Math.Ceiling(options.CommandTimeout.TotalSeconds);
        address.Pooling = true;
        address.MaxPoolSize = options.MaxConnections;
        address.MinPoolSize = 0;
        address.Timeout = seconds;
        address.CommandTimeout = seconds;
        address.CancellationTimeout = CancellationMilliseconds;
        address.Multiplexing = false;
        address.Enlist = false;
        // What the session is told below holds for as long as the connection lives, and so do prepared statements.
        address.NoResetOnClose = true;
        address.ApplicationName ??= "realtime";
        if (address.Host!.Contains(',', StringComparison.Ordinal))
            address.TargetSessionAttributes ??= "primary";

        var session = SessionSettings(options);
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(session, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(session, connection);
                await command.ExecuteNonQueryAsync();
            });
        return builder.Build();
    }

    /// <summary>
    /// What the store relies on, whatever the server's defaults are. Locks end with the statement that holds them, also when this node is cut off. Every
    /// statement finds its rows through an index, also while the server knows nothing of the tables' sizes: plans are made once, and tables grow.
    /// </summary>
    private static string SessionSettings(PostgreSqlOptions options)
    {
        var milliseconds = ((long)options.CommandTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        return $"""
            SET synchronous_commit = {(options.Synchronous == PostgreSqlSynchronous.Full ? "on" : "off")};
            SET default_transaction_isolation = 'read committed';
            SET statement_timeout = {milliseconds};
            SET idle_in_transaction_session_timeout = {milliseconds};
            SET plan_cache_mode = force_generic_plan;
            SET enable_seqscan = off;
            SET enable_hashjoin = off;
            SET enable_mergejoin = off;
            SET jit = off
            """;
    }
}
