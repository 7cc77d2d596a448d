using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Stores.Sqlite;
using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class SqliteMessageStoreTests : DurableMessageStoreConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _files;

    protected override ValueTask<IMessageStore> CreateAsync(MessageStoreOptions options) => new(At($"{++_files}.db", options));

    protected override ValueTask<IMessageStore> ReopenAsync(IMessageStore closed, MessageStoreOptions options) =>
        new(At($"{_files}.db", options));

    protected override ValueTask CleanUpAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private SqliteMessageStore At(string name, MessageStoreOptions options) =>
        new(new SqliteOptions { Path = _folder.PathOf(name) }, options, NullLogger<SqliteMessageStore>.Instance);
}
