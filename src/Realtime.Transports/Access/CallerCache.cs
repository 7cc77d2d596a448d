using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Realtime.Transports.Access;

/// <summary>The callers of the tokens seen lately, by the hash of the token: the tokens themselves are not kept.</summary>
/// <remarks>Two generations: when the young one is full it becomes the old one, and the old one is dropped with whatever was not asked for since.
/// That bounds the cache and keeps what is in use, without a lock or a list in the way of a hit.</remarks>
internal sealed class CallerCache(TimeProvider time, int capacity = CallerCache.DefaultCapacity)
{
    // A caller is a few hundred bytes, so this is about a megabyte at most.
    private const int DefaultCapacity = 4096;

    private readonly Lock _turning = new();
    private ConcurrentDictionary<Key, Caller> _young = new();
    private ConcurrentDictionary<Key, Caller> _old = new();

    /// <summary>How many callers are kept.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The key of a token.</summary>
    public static Key KeyOf(ReadOnlySpan<char> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(token), hash);
        return MemoryMarshal.Read<Key>(hash);
    }

    /// <summary>The caller of a token that was added and has not expired.</summary>
    public bool TryGet(in Key key, [NotNullWhen(true)] out Caller? caller)
    {
        if (!_young.TryGetValue(key, out caller))
        {
            if (!_old.TryGetValue(key, out caller)) return false;
            Add(key, caller);
        }

        if (time.GetUtcNow() < caller.ExpiresAt) return true;
        caller = null;
        return false;
    }

    /// <summary>Keeps a caller until it expires or room is needed.</summary>
    public void Add(in Key key, Caller caller)
    {
        // Count takes the dictionary's locks, and adding is rare: once for each token and generation.
        if (_young.Count >= capacity / 2)
        {
            lock (_turning)
            {
                if (_young.Count >= capacity / 2)
                {
                    _old = _young;
                    _young = new();
                }
            }
        }

        _young[key] = caller;
    }

    /// <summary>A SHA-256 hash.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Key(UInt128 First, UInt128 Second);
}
