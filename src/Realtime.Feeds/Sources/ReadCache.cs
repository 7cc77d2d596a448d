using Microsoft.Extensions.Caching.Memory;

namespace Realtime.Feeds.Sources;

/// <summary>
/// What was read from a store that this process alone changes, bounded. What is changed while it is read is not kept: a value is never older than the last
/// change that was answered.
/// </summary>
/// <param name="capacity">The most that all values may weigh together.</param>
internal sealed class ReadCache<TKey, TValue>(long capacity) : IDisposable
    where TKey : notnull
    where TValue : class
{
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = capacity });
    private long _version;

    /// <summary>To be asked for before the store is read, and given along with what was read.</summary>
    internal long Version => Volatile.Read(ref _version);

    internal TValue? Find(TKey key) => _cache.TryGetValue(key, out TValue? value) ? value : null;

    /// <summary>Keeps what was read, unless anything was changed since the read began.</summary>
    internal void Keep(TKey key, TValue value, long weight, long version)
    {
        if (Version != version)
            return;
        _cache.Set(key, value, new MemoryCacheEntryOptions { Size = weight });
        // Whoever changes something between the two looks raises the version first and forgets after it.
        if (Version != version)
            _cache.Remove(key);
    }

    /// <summary>Forgets what was changed in the store; to be called before the change is answered.</summary>
    internal void Forget(TKey key)
    {
        Interlocked.Increment(ref _version);
        _cache.Remove(key);
    }

    public void Dispose() => _cache.Dispose();
}
