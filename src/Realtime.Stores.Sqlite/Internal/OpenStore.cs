using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>What a store has while its file is open.</summary>
internal sealed class OpenStore(FileStream fileLock, Database database, Epoch epoch, MessageStoreOptions options, int maxReaders)
    : IAsyncDisposable
{
    internal Epoch Epoch => epoch;

    /// <summary>To be used on <see cref="Thread"/> only.</summary>
    internal StoreWriter Writer { get; } = new(database, options, epoch);

    internal WriterThread Thread { get; } = new();

    internal ReaderPool<StoreReader> Readers { get; } = new(() => new StoreReader(database.Path), maxReaders);

    /// <summary>Finishes what was accepted. The writing connection closes last: that moves the WAL into the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await Thread.DisposeAsync();
        await Readers.DisposeAsync();
        database.Dispose();
        await fileLock.DisposeAsync();
    }
}
